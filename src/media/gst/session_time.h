#pragma once

#include <gst/gst.h>

#include <chrono>

#include "base/clock.h"

namespace ingress::media::gst {

/// GStreamer's times are unsigned, ours may lie before the session's origin.
inline constexpr SessionTime kTimeOffset = std::chrono::hours(24);

inline GstClockTime ToGst(SessionTime time) {
  const SessionTime shifted = time + kTimeOffset;
  return shifted.count() < 0 ? 0 : static_cast<GstClockTime>(shifted.count());
}

inline SessionTime FromGst(GstClockTime time) {
  return SessionTime(static_cast<SessionTime::rep>(time)) - kTimeOffset;
}

}  // namespace ingress::media::gst
