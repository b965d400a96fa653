#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace ingress::pipeline {

/// Gives packets of sound that are passed through their time.
///
/// A receiver plays packets one after the other only when each starts exactly where the one before
/// it ends; the timestamps of FLV, in whole milliseconds, do not say that. So time is counted in
/// packets while the input is continuous, and what count and timestamps disagree on is worked off
/// in whole packets: a hole is left where there is one, and a packet whose time is taken is left
/// out. Times never run backwards.
class TimestampSmoother {
 public:
  static constexpr SessionTime kHole = std::chrono::milliseconds(100);  // beyond: no jitter
  static constexpr SessionTime kMaxOff = std::chrono::milliseconds(40);

  /// The time of a packet of `duration` that came with `pts`; empty when it must be left out.
  std::optional<SessionTime> Place(SessionTime pts, SessionTime duration) {
    if (!next_) next_ = pts;
    const SessionTime off = pts - *next_;
    overtaken_ = off < (overtaken_ ? -duration / 2 : -kHole);
    if (overtaken_) {
      smooth_ = SessionTime{0};
      return std::nullopt;
    }
    smooth_ = off > kHole ? off : smooth_ + (off - smooth_) / kSmoothing;
    if (smooth_ < -kMaxOff) {
      smooth_ += duration;
      return std::nullopt;
    }
    if (smooth_ > kMaxOff) {
      const SessionTime hole = smooth_ / duration * duration;
      *next_ += hole;
      smooth_ -= hole;
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
