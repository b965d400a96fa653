#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.h"

namespace ingress::media {

/// Decides which pictures are left out so that no more than a given number a second remain.
///
/// Kept pictures keep their time. A source at or below the limit loses none, although containers
/// round its times to milliseconds: a picture may come a quarter of an interval early.
class FrameRateCap {
 public:
  explicit FrameRateCap(double max_frame_rate)
      : interval_(std::chrono::duration_cast<SessionTime>(
            std::chrono::duration<double>(1.0 / max_frame_rate))) {}

  bool Admit(SessionTime pts) {
    if (!due_ || pts < *due_ - 2 * interval_) due_ = pts;  // the first, or time went back
    if (pts < *due_ - interval_ / 4) return false;
    due_ = std::max(*due_, pts - interval_ / 4) + interval_;
    return true;
  }

 private:
  SessionTime interval_;
  std::optional<SessionTime> due_;  // when the next picture is welcome
};

}  // namespace ingress::media
