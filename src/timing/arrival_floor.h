#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace ingress {

/// Keeps the minimum of the values that were observed during the last seconds.
class ArrivalFloor {
 public:
  static constexpr std::chrono::seconds kBucket{1};  // one minimum is kept per bucket
  static constexpr std::size_t kWindows = 8;

  void Observe(SessionTime value, SessionTime now) {
    Advance(now);
    auto& slot = least_[static_cast<std::size_t>(window_) % kWindows];
    slot = slot ? std::min(*slot, value) : value;
  }

  /// Forgets what is too old at `now`.
  void Advance(SessionTime now) {
    const std::int64_t window = now / kBucket;
    window_ = std::max(window_, window - static_cast<std::int64_t>(kWindows));
    while (window_ < window) least_[static_cast<std::size_t>(++window_) % kWindows].reset();
  }

  /// What was seen counts as having come so much later.
  void Shift(SessionTime by) {
    for (auto& least : least_) {
      if (least) *least += by;
    }
  }

  void Clear() { least_.fill(std::nullopt); }

  std::optional<SessionTime> least() const {
    std::optional<SessionTime> all;
    for (const auto& least : least_) {
      if (least) all = all ? std::min(*all, *least) : *least;
    }
    return all;
  }

  /// Whether every window saw a value: no mere stall.
  bool whole() const {
    return std::ranges::all_of(least_, [](const auto& least) { return least.has_value(); });
  }

 private:
  std::array<std::optional<SessionTime>, kWindows> least_;
  std::int64_t window_ = 0;  // of the newest value
};

}  // namespace ingress
