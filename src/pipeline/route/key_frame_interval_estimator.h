#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "base/clock.h"

namespace ingress::pipeline {

/// Predicts the source's next key frame from the intervals between the last ones.
class KeyFrameIntervalEstimator {
 public:
  void OnKeyFrame(SessionTime dts) {
    if (last_ && dts > *last_) distances_[count_++ % distances_.size()] = dts - *last_;
    last_ = dts;
  }

  /// When the next key frame is due. Empty before two have come, and when it is so long overdue at
  /// `now` that the interval no longer holds.
  std::optional<SessionTime> Next(SessionTime now) const {
    if (count_ == 0) return std::nullopt;
    // Encoders put extra key frames at scene cuts: the longest distance is the regular one.
    const auto known = std::min(count_, distances_.size());
    const SessionTime distance =
        *std::max_element(distances_.begin(), distances_.begin() + static_cast<long>(known));
    const SessionTime next = *last_ + distance;
    return now > next + distance / 4 ? std::nullopt : std::optional(next);
  }

 private:
  std::array<SessionTime, 3> distances_{};
  std::size_t count_ = 0;
  std::optional<SessionTime> last_;
};

}  // namespace ingress::pipeline
