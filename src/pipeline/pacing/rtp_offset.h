#pragma once

#include <cstddef>
#include <deque>

#include "base/clock.h"

namespace ingress::pipeline {

/// Holds by how much the RTP times of a track are later than its presentation times.
///
/// When a track has to leave later than before, its RTP times move with it, and receivers see a
/// pause. Otherwise they would see packets that are suddenly late, and libwebrtc's audio jitter
/// buffer would grow by as much again for ten seconds or longer.
class RtpOffset {
 public:
  /// Frames that are presented after `pts` leave `by` later than frames did before; sooner when
  /// `by` is negative.
  void Move(SessionTime pts, SessionTime by) {
    const SessionTime offset = newest() + by;
    if (steps_.size() == kSteps) {
      before_ = steps_.front().offset;
      steps_.pop_front();
    }
    steps_.push_back({.after = pts, .offset = offset});
  }

  /// Frames from `pts` on have this offset.
  void SetFrom(SessionTime pts, SessionTime offset) {
    const SessionTime by = offset - newest();
    if (by != SessionTime{0}) Move(pts - SessionTime{1}, by);
  }

  SessionTime At(SessionTime pts) const {
    for (std::size_t i = steps_.size(); i > 0; --i) {
      if (pts > steps_[i - 1].after) return steps_[i - 1].offset;
    }
    return before_;
  }

 private:
  static constexpr std::size_t kSteps = 16;  // more than come while a frame is on its way

  struct Step {
    SessionTime after;
    SessionTime offset;
  };

  SessionTime newest() const { return steps_.empty() ? before_ : steps_.back().offset; }

  SessionTime before_{};  // before the first of …
  std::deque<Step> steps_;
};

}  // namespace ingress::pipeline
