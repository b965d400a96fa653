#pragma once

#include <chrono>
#include <functional>

namespace ingress {

/// The clock of deadlines and arrivals. Protocol code takes a TimePoint, it never reads the clock.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// Where a part that acts at many moments takes the time from: Clock::now, or a test's own.
using TimeSource = std::function<TimePoint()>;

/// Wall-clock time, for what leaves the process: RPC envelopes, NTP stamps, tokens.
using WallClock = std::chrono::system_clock;
using WallTime = WallClock::time_point;

/// A point on a session's own time line: time since the session's origin, on the local clock.
/// Audio, video, all layers and all routes of a session share it (see SessionClock).
using SessionTime = std::chrono::nanoseconds;

/// Ties a session's time line to the clocks of the host, once and for good.
struct SessionClock {
  TimePoint steady_origin;  // SessionTime 0 on the steady clock
  WallTime wall_origin;     // the same instant on the wall clock, for NTP stamps

  SessionTime At(TimePoint now) const { return now - steady_origin; }
};

}  // namespace ingress
