#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "flv/tag.h"

namespace ingress::relay {

/// How much company a tag waits for before readers are woken for it.
enum class Delivery {
  kEachTag,
  kPicturesWithSound,
  kInGroups,
};

/// Says when readers are woken; what they are not woken for is read with the next that wakes.
///
/// To be woken is most of what a handler does that decodes nothing. Where pictures leave it with
/// the sound behind them anyway, they are written with it: a picture waits for one tag of any kind
/// at most, and only while sound comes as often as it does in frames of some 20 ms. Where nobody
/// watches, all that was read from the encoder together is written together; how much that is, the
/// reading side decides.
///
/// Sans-IO.
class WakeRule {
 public:
  /// Sound that comes more seldom is not waited for.
  static constexpr std::chrono::milliseconds kSoundEvery{40};

  void SetDelivery(Delivery delivery) { delivery_ = delivery; }

  /// Whether to wake readers for a tag that arrived at `now`, and for those before it.
  bool Wakes(flv::TagType type, TimePoint now) {
    const bool sound_flows = last_sound_ && now - *last_sound_ < kSoundEvery;
    if (type == flv::TagType::kAudio) last_sound_ = now;
    const bool picture_waited = std::exchange(picture_waits_, false);
    switch (delivery_) {
      case Delivery::kEachTag:
        return true;
      case Delivery::kPicturesWithSound:
        picture_waits_ = sound_flows && type == flv::TagType::kVideo && !picture_waited;
        return !picture_waits_;
      case Delivery::kInGroups:
        return false;
    }
    return true;
  }

  /// Whether to wake them now that nothing more has arrived for the moment.
  bool WakesAfterRead() const { return delivery_ == Delivery::kInGroups; }

 private:
  Delivery delivery_ = Delivery::kEachTag;
  bool picture_waits_ = false;
  std::optional<TimePoint> last_sound_;
};

}  // namespace ingress::relay
