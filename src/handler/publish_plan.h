#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace ingress::handler {

/// Decides when to publish which track.
///
/// Both tracks go out in one offer when both are known; a track whose partner has not shown itself
/// waits kPartnerGrace for it, unless the metadata says that there is none. A partner that comes
/// later is published then.
class PublishPlan {
 public:
  static constexpr std::chrono::milliseconds kPartnerGrace{400};

  struct Tracks {
    bool video = false;
    bool audio = false;
    bool any() const { return video || audio; }
  };

  /// What is known of the input.
  struct Known {
    bool video_ready = false;
    bool audio_ready = false;
    std::optional<bool> video_expected = {};  // from the metadata; empty: it does not say
    std::optional<bool> audio_expected = {};
  };

  /// The tracks to publish now.
  Tracks Due(const Known& known, TimePoint now) {
    if ((known.video_ready || known.audio_ready) && !first_ready_) first_ready_ = now;
    Tracks due{.video = known.video_ready && !published_.video,
               .audio = known.audio_ready && !published_.audio};
    const bool wait_for_video = !known.video_ready && known.video_expected.value_or(true);
    const bool wait_for_audio = !known.audio_ready && known.audio_expected.value_or(true);
    const bool first = !published_.any();
    if (first && (wait_for_video || wait_for_audio) && first_ready_ &&
        now - *first_ready_ < kPartnerGrace) {
      return {};
    }
    return due;
  }

  void OnPublished(const Tracks& tracks) {
    published_.video = published_.video || tracks.video;
    published_.audio = published_.audio || tracks.audio;
  }

  /// When Due() changes with time alone, because a track waits for its partner no longer.
  std::optional<TimePoint> deadline() const {
    if (!first_ready_ || published_.any()) return std::nullopt;
    return *first_ready_ + kPartnerGrace;
  }

  const Tracks& published() const { return published_; }

 private:
  std::optional<TimePoint> first_ready_;
  Tracks published_;
};

}  // namespace ingress::handler
