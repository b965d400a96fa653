#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.h"

namespace ingress::input {

/// Bounds how often one client may send a PATCH: a browser that trickles sends one for each
/// candidate, some twenty within a second. Sans-IO.
class PatchRate {
 public:
  static constexpr double kPerSecond = 10;
  static constexpr double kBurst = 40;

  bool Allow(TimePoint now) {
    if (counted_at_) {
      const double passed = std::chrono::duration<double>(now - *counted_at_).count();
      left_ = std::min(kBurst, left_ + passed * kPerSecond);
    }
    counted_at_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  double left_ = kBurst;
  std::optional<TimePoint> counted_at_;
};

}  // namespace ingress::input
