#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace ingress::net {

/// Tells an event loop that stands still, seen from another thread. Sans-IO.
///
/// Only time in which the other thread itself ran counts: who was stopped as a whole (SIGSTOP, a
/// debugger, a virtual machine that was frozen, a machine with no processor to spare) knows nothing
/// of the loop.
class LoopWatch {
 public:
  static constexpr std::chrono::milliseconds kLookEvery{500};
  static constexpr std::chrono::milliseconds kOwnLapse{1500};  // between two looks

  explicit LoopWatch(std::chrono::milliseconds limit) : limit_(limit) {}

  /// `turns`: changes with each turn of the loop. To be asked every kLookEvery.
  bool Hangs(std::uint64_t turns, TimePoint now) {
    const bool own_lapse = !last_look_ || now - *last_look_ > kOwnLapse;
    if (own_lapse || turns != turns_) {
      turns_ = turns;
      since_ = now;
    }
    last_look_ = now;
    return now - since_ >= limit_;
  }

  std::chrono::milliseconds silence(TimePoint now) const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - since_);
  }

 private:
  std::chrono::milliseconds limit_;
  std::uint64_t turns_ = 0;
  TimePoint since_{};
  std::optional<TimePoint> last_look_;
};

}  // namespace ingress::net
