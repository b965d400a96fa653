#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>

#include "base/clock.h"
#include "stream/timestamp.h"

namespace ingress::rtp_receive {

/// The clock of all units: both tracks are laid on it, so that their numbers can be compared. Its
/// rate is a multiple of those of video (90 kHz) and audio (48 and 8 kHz): no tick is rounded.
inline constexpr stream::TickClock kReceiveClock{.rate = 720'000, .bits = 64, .exact = true};

/// Time in ticks of kReceiveClock.
using MediaTicks = std::chrono::duration<std::int64_t, std::ratio<1, 720'000>>;

/// `time` in ticks, rounded towards zero.
constexpr MediaTicks ToTicks(Clock::duration time) {
  return std::chrono::duration_cast<MediaTicks>(time);
}

}  // namespace ingress::rtp_receive
