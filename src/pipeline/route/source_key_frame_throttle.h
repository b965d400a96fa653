#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace ingress::pipeline {

/// Spaces the requests for key frames that go to a source: whoever needs one, the answer to a
/// request serves all that were made before it, and a key frame costs the encoder several times the
/// bits of another picture. Sans-IO.
class SourceKeyFrameThrottle {
 public:
  /// As KeyFrameRequestThrottle::kSpacing: no key frame is passed on sooner.
  static constexpr std::chrono::milliseconds kSpacing{500};

  /// Whether the source is to be asked now.
  bool Ask(TimePoint now) {
    if (asked_at_ && now < *asked_at_ + kSpacing) return false;
    asked_at_ = now;
    return true;
  }

 private:
  std::optional<TimePoint> asked_at_;
};

}  // namespace ingress::pipeline
