#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.h"

namespace ingress::pipeline {

/// Merges the SFU's key-frame requests (PLI, FIR) for one layer into as few key frames as serve
/// them all.
///
/// Key frames of a layer are at least kSpacing apart. A request that comes sooner after a key frame
/// waits for the rest of that time; it is not lost, because the viewer may have missed that key
/// frame. The first kQuickOnes requests wait for kQuickSpacing only: at the start of a stream
/// viewers subscribe just after the first key frame has passed, and would otherwise see nothing for
/// half a second.
///
/// A layer that was just enabled gets a second key frame without a request, kSecondAfter the first:
/// the SFU drops the first for a viewer whose subscription it is still setting up, and asks again
/// only after a second.
class KeyFrameRequestThrottle {
 public:
  static constexpr std::chrono::milliseconds kSpacing{500};
  static constexpr std::chrono::milliseconds kQuickSpacing{30};
  static constexpr int kQuickOnes = 6;
  static constexpr std::chrono::milliseconds kSecondAfter{180};

  /// The SFU wants the layer, for the first time or again.
  void OnEnabled() { second_wanted_ = true; }

  /// A viewer asks. True: make a key frame now.
  bool Request(TimePoint now);

  /// A key frame of the layer was sent; it answers every request made before.
  void OnKeyFrame(TimePoint now);

  /// When a waiting request falls due; empty when none waits.
  std::optional<TimePoint> deadline() const {
    if (waiting_until_ && second_at_) return std::min(*waiting_until_, *second_at_);
    return waiting_until_ ? waiting_until_ : second_at_;
  }

  /// True when the waiting request has fallen due: make a key frame now.
  bool Poll(TimePoint now);

 private:
  bool Grant(TimePoint now);
  std::chrono::milliseconds spacing() const { return quick_left_ > 0 ? kQuickSpacing : kSpacing; }

  std::optional<TimePoint> last_;  // of the last key frame asked for or sent
  std::optional<TimePoint> waiting_until_;
  bool second_wanted_ = false;  // enabled, and no key frame was sent since
  std::optional<TimePoint> second_at_;
  int quick_left_ = kQuickOnes;
};

}  // namespace ingress::pipeline
