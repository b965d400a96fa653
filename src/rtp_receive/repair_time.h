#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace ingress::rtp_receive {

/// Measures how long it takes from a request for a lost packet to its arrival: the round trip and
/// what the sender adds, measured from those that come. It grows faster than it shrinks, because a
/// packet that was only overtaken, and asked for too early, looks like a quick repair. Sans-IO.
class RepairTime {
 public:
  /// It holds until the first one has come.
  static constexpr std::chrono::milliseconds kUnknown{100};
  static constexpr std::chrono::milliseconds kMax{1'000};

  /// A packet has come `since_last` after the newest request for it, and `since_before` after the
  /// one before that (the same where there was only one).
  void OnRepaired(Clock::duration since_last, Clock::duration since_before) {
    // Too soon to be the answer to the newest request: it is that to the one before.
    const bool soon = known_ && since_last < time_ / 2;
    const Clock::duration took =
        std::clamp<Clock::duration>(soon ? since_before : since_last, Clock::duration{0}, kMax);
    time_ = known_ ? time_ + (took - time_) / (took > time_ ? kGrowth : kShrinkage) : took;
    known_ = true;
  }

  bool known() const { return known_; }
  Clock::duration time() const { return time_; }

  /// Says when a request that brought nothing is worth another one.
  Clock::duration repeat_after() const {
    return std::max<Clock::duration>(kLeastRepeat, time_ * 5 / 4);
  }

  /// Says how long we may wait for what is missing: so that the fifth request can still be
  /// answered. With one in twenty packets lost each way, three are in vain for one loss in a
  /// thousand, which is one a minute, and a picture that stands until the sender's next key frame.
  /// A sender that has not answered any gets three.
  Clock::duration hold() const {
    const int repeats = known_ ? 4 : 2;
    return std::clamp<Clock::duration>(kFirstRequest + repeats * repeat_after() + time_ * 5 / 4,
                                       kLeastHold, kMaxHold);
  }

  static constexpr std::chrono::milliseconds kFirstRequest{5};
  static constexpr std::chrono::milliseconds kLeastRepeat{20};
  static constexpr std::chrono::milliseconds kLeastHold{60};
  static constexpr std::chrono::milliseconds kMaxHold{800};

 private:
  static constexpr int kGrowth = 2;
  static constexpr int kShrinkage = 8;

  bool known_ = false;
  Clock::duration time_ = kUnknown;
};

}  // namespace ingress::rtp_receive
