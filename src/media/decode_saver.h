#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include "base/clock.h"

namespace ingress::media {

/// Decides which pictures that no other refers to need not be decoded at all, because the rate cap
/// would leave them out: those between two that it keeps, where the source is about twice as fast
/// as wanted. Any other ratio is left to the cap, which sees all pictures in their order.
class DecodeSaver {
 public:
  explicit DecodeSaver(double max_frame_rate)
      : interval_(std::chrono::duration_cast<SessionTime>(
            std::chrono::duration<double>(1.0 / max_frame_rate))) {}

  /// To be told of every coded picture, in decoding order. `kept`: the time of a picture that the
  /// cap kept lately, any session time before there is one.
  bool IsBetween(SessionTime dts, SessionTime pts, SessionTime kept) {
    recent_.push_back(dts);
    if (recent_.size() > kWindow + 1) recent_.pop_front();
    if (recent_.size() <= kWindow) return false;
    const SessionTime spacing = (recent_.back() - recent_.front()) / static_cast<long>(kWindow);
    const bool twice = spacing > interval_ * 45 / 100 && spacing < interval_ * 55 / 100;
    const SessionTime away = pts > kept ? pts - kept : kept - pts;
    if (!twice || away > kMemory) return false;
    const SessionTime phase = away % interval_;
    return phase > interval_ * 3 / 10 && phase < interval_ * 7 / 10;
  }

 private:
  static constexpr std::size_t kWindow = 16;  // pictures
  static constexpr SessionTime kMemory = std::chrono::milliseconds(500);

  SessionTime interval_;
  std::deque<SessionTime> recent_;  // decoding times
};

}  // namespace ingress::media
