#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace ingress::net {

/// How long an event loop has kept others waiting at most, lately and ever. Sans-IO.
class TurnMeter {
 public:
  static constexpr std::chrono::seconds kSpan{30};

  void OnTurn(std::chrono::nanoseconds length, TimePoint now) {
    Roll(now);
    current_ = std::max(current_, length);
    longest_ = std::max(longest_, length);
  }

  /// Of the last 30 to 60 seconds.
  std::chrono::nanoseconds recent(TimePoint now) {
    Roll(now);
    return std::max(previous_, current_);
  }

  std::chrono::nanoseconds longest() const { return longest_; }

 private:
  void Roll(TimePoint now) {
    if (now - begun_ < kSpan) return;
    previous_ = now - begun_ < 2 * kSpan ? current_ : std::chrono::nanoseconds{};
    current_ = {};
    begun_ = now;
  }

  TimePoint begun_{};
  std::chrono::nanoseconds current_{};
  std::chrono::nanoseconds previous_{};
  std::chrono::nanoseconds longest_{};
};

}  // namespace ingress::net
