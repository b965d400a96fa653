#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include "base/clock.h"

namespace ingress::pipeline {

/// Keeps the RTP times of each layer growing.
///
/// The offset between presentation and RTP time shrinks in steps (InputAligner). Frames that are
/// sent again or announce a track are closer to each other than such a step, and would step back in
/// RTP time, which receivers take for packets of long ago. They get the least later time instead.
class ForwardRtpTime {
 public:
  static constexpr std::chrono::microseconds kLeastStep{100};  // nine ticks of 90 kHz

  /// Takes the next frame of `layer` and its `offset`. Returns the offset to send it with.
  SessionTime OffsetFor(std::size_t layer, SessionTime pts, SessionTime offset) {
    if (layer >= last_.size()) last_.resize(layer + 1, SessionTime::min());
    const SessionTime least =
        last_[layer] == SessionTime::min() ? pts + offset : last_[layer] + kLeastStep;
    last_[layer] = std::max(pts + offset, least);
    return last_[layer] - pts;
  }

 private:
  std::vector<SessionTime> last_;  // RTP time of each layer's newest frame; min() before the first
};

}  // namespace ingress::pipeline
