#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "flv/tag.h"

namespace ingress::relay {

/// How much company a tag waits for before readers are woken for it.
enum class Delivery {
  kEachTag,
  kPicturesWithSound,
  kInGroups,
};

/// Says which tags readers are woken for; the others are read with the next that wakes.
///
/// To be woken is most of what a handler does that decodes nothing. Where pictures leave it with
/// the sound behind them anyway, they are written with it: a picture waits for one tag of any kind
/// at most, and only while sound comes as often as it does in frames of some 20 ms. Where nobody
/// watches, sound comes in pairs: listeners have it a frame later, and pictures have time.
///
/// Sans-IO.
class WakeRule {
 public:
  /// Sound that comes more seldom is not waited for.
  static constexpr std::chrono::milliseconds kSoundEvery{40};
  /// A group: two frames of sound of 20 to 23 ms, one that is longer.
  static constexpr std::chrono::milliseconds kGroup{35};
  /// And without sound.
  static constexpr std::chrono::milliseconds kSilentGroup{100};

  void SetDelivery(Delivery delivery) { delivery_ = delivery; }

  /// Whether to wake readers for a tag that arrived at `now`, and for those before it.
  bool Wakes(flv::TagType type, TimePoint now) {
    const bool sound_flows = last_sound_ && now - *last_sound_ < kSoundEvery;
    if (type == flv::TagType::kAudio) last_sound_ = now;
    const bool wakes = Decide(type, sound_flows, now);
    picture_waits_ = !wakes && type == flv::TagType::kVideo;
    if (wakes) woken_at_ = now;
    return wakes;
  }

 private:
  bool Decide(flv::TagType type, bool sound_flows, TimePoint now) const {
    switch (delivery_) {
      case Delivery::kEachTag:
        return true;
      case Delivery::kPicturesWithSound:
        return !sound_flows || type != flv::TagType::kVideo || picture_waits_;
      case Delivery::kInGroups:
        return now - woken_at_ >= (type == flv::TagType::kAudio ? kGroup : kSilentGroup);
    }
    return true;
  }

  Delivery delivery_ = Delivery::kEachTag;
  bool picture_waits_ = false;
  TimePoint woken_at_;
  std::optional<TimePoint> last_sound_;
};

}  // namespace ingress::relay
