#pragma once

#include <time.h>

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace ingress::whip_transport {

/// Says when a datagram came, on the steady clock. The kernel stamps it by the wall clock
/// (SO_TIMESTAMPNS), and the process reads it some time later: a program that is busy would
/// otherwise see packets arrive together that came apart, and say so to the sender's bandwidth
/// estimator.
class ArrivalClock {
 public:
  /// A stamp that is older than this, or of the future, comes of a wall clock that was set
  /// meanwhile.
  static constexpr auto kOldest = std::chrono::seconds(1);

  ArrivalClock(TimePoint now, WallTime wall_now) : now_(now), wall_now_(wall_now) {}

  TimePoint At(const std::optional<timespec>& stamp) const {
    if (!stamp) return now_;
    const auto since_epoch =
        std::chrono::seconds(stamp->tv_sec) + std::chrono::nanoseconds(stamp->tv_nsec);
    const auto age = wall_now_.time_since_epoch() - since_epoch;
    return age > kOldest || age < Clock::duration::zero() ? now_ : now_ - age;
  }

 private:
  TimePoint now_;
  WallTime wall_now_;
};

}  // namespace ingress::whip_transport
