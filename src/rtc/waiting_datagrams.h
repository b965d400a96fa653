#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace ingress::rtc {

/// Datagrams that arrived and are not worth waking anyone for. Any thread.
class WaitingDatagrams {
 public:
  static constexpr std::size_t kMax = 16;

  /// False when there is no room: it is not kept.
  bool Add(ByteView datagram) {
    const std::scoped_lock lock(mutex_);
    if (datagrams_.size() == kMax) return false;
    datagrams_.emplace_back(datagram.begin(), datagram.end());
    any_.store(true, std::memory_order_relaxed);
    return true;
  }

  /// Takes no lock; one that is just being added may be missed.
  bool any() const { return any_.load(std::memory_order_relaxed); }

  /// In the order of Add().
  std::vector<Bytes> Take() {
    if (!any()) return {};
    const std::scoped_lock lock(mutex_);
    any_.store(false, std::memory_order_relaxed);
    return std::exchange(datagrams_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Bytes> datagrams_;
  std::atomic<bool> any_ = false;
};

}  // namespace ingress::rtc
