#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace ingress::pipeline {

/// Computes continuous timestamps for audio packets that are passed through.
///
/// A receiver plays packets without a gap only when each starts exactly where the one before it
/// ends; FLV's timestamps, in whole milliseconds, do not say that. So time is counted in packets
/// while the input is continuous. The difference between the count and the timestamps is corrected
/// in whole packets: a gap in the input stays a gap, and a packet whose time is taken is left out.
/// Times never run backwards.
class TimestampSmoother {
 public:
  /// A larger difference is a gap, not jitter.
  static constexpr SessionTime kMinGap = std::chrono::milliseconds(100);
  /// A smoothed difference beyond this is corrected.
  static constexpr SessionTime kMaxOff = std::chrono::milliseconds(40);

  /// The time of a packet of `duration` that came with `pts`; empty when it must be left out.
  /// `exact`: its timestamp is not rounded, so that one missing packet is a gap already.
  std::optional<SessionTime> Place(SessionTime pts, SessionTime duration, bool exact = false) {
    if (!next_) next_ = pts;
    if (exact && pts - *next_ > duration / 2) {
      *next_ += (pts - *next_ + duration / 2) / duration * duration;
      smooth_ = pts - *next_;
    }
    const SessionTime off = pts - *next_;
    overtaken_ = off < (overtaken_ ? -duration / 2 : -kMinGap);
    if (overtaken_) {
      smooth_ = SessionTime{0};
      return std::nullopt;
    }
    smooth_ = off > kMinGap ? off : smooth_ + (off - smooth_) / kSmoothing;
    if (smooth_ < -kMaxOff) {
      smooth_ += duration;
      return std::nullopt;
    }
    if (smooth_ > kMaxOff) {
      const SessionTime gap = smooth_ / duration * duration;
      *next_ += gap;
      smooth_ -= gap;
    }
    const SessionTime time = *next_;
    *next_ += duration;
    return time;
  }

 private:
  static constexpr int kSmoothing = 16;  // packets

  std::optional<SessionTime> next_;
  SessionTime smooth_{};    // how far the timestamps run ahead of the count
  bool overtaken_ = false;  // the timestamps fell far back, and have not yet come to next_ again
};

}  // namespace ingress::pipeline
