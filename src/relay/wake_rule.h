#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "flv/tag.h"

namespace ingress::relay {

/// Says which tags readers are woken for.
///
/// As a rule, all. Where pictures leave the handler with the sound behind them anyway, they are
/// written with it: to be woken is most of what such a handler does. A picture waits for one tag of
/// any kind at most, and only while sound comes as often as it does in frames of some 20 ms.
///
/// Sans-IO.
class WakeRule {
 public:
  /// Sound that comes more seldom is not waited for.
  static constexpr std::chrono::milliseconds kSoundEvery{40};

  void LetPicturesWait(bool allowed) { allowed_ = allowed; }

  /// Whether to wake readers for a tag that arrived at `now`, and for those before it.
  bool Wakes(flv::TagType type, TimePoint now) {
    const bool sound_flows = last_sound_ && now - *last_sound_ < kSoundEvery;
    if (type == flv::TagType::kAudio) last_sound_ = now;
    waiting_ = allowed_ && sound_flows && type == flv::TagType::kVideo && !waiting_;
    return !waiting_;
  }

 private:
  bool allowed_ = false;
  bool waiting_ = false;  // a picture does
  std::optional<TimePoint> last_sound_;
};

}  // namespace ingress::relay
