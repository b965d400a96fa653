#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "pipeline/pacing/lateness.h"
#include "pipeline/pacing/skew_meter.h"
#include "timing/timeline.h"

namespace ingress::pipeline {

/// Decides how long after its media time each message is passed on, so that neither a track that is
/// behind the other one nor a track that comes in bunches shows that to viewers.
///
/// Zero while no track is behind by kWorth. The delay is the same for both tracks. It follows what
/// the meter sees freely until viewers get media. Then it grows by a jump, because until it has
/// grown the tracks are apart, and a receiver stretches audio by a few percent only:
///  - for video that is behind, once that is steady: the jump interrupts the audio;
///  - for audio that is behind, at once: the audio is interrupted anyhow. Packets that come late
///    enlarge a libwebrtc receiver's audio jitter buffer for ten seconds or longer.
/// It shrinks slowly, because the tracks are together while it is too large.
///
/// Sans-IO. Times are on the session's time line.
class AlignmentDelay {
 public:
  /// VideoReleaseScheduler, or the receivers, compensate smaller skews. Also the least growth.
  static constexpr std::chrono::milliseconds kWorth{30};
  /// The least growth for audio that is suddenly behind.
  static constexpr std::chrono::milliseconds kWorthAtOnce{60};
  /// The largest skew, and the longest bunch on top of it.
  static constexpr std::chrono::milliseconds kMax{2'750};
  /// The share of the passing time by which the delay shrinks. Receivers play that much faster
  /// without anybody hearing it.
  static constexpr double kShrink = 0.02;
  /// The delay shrinks to what the last one to two of these windows needed, hiccups included.
  static constexpr std::chrono::milliseconds kShrinkWindow{3'000};

  /// By how much later than before the messages of each track go on from now on.
  using Growth = std::array<SessionTime, 2>;  // by TrackKind

  /// A coded frame of `kind` came, which the timeline has placed.
  Growth Observe(TrackKind kind, const Placed& placed, SessionTime now);

  /// From now on viewers get media.
  void Freeze() { frozen_ = true; }
  bool frozen() const { return frozen_; }

  /// How long after its time media goes on; zero: at once.
  SessionTime delay() const { return delay_; }
  /// By how much video steadily comes later than the audio of its time; negative: sooner.
  SessionTime video_behind(SessionTime now) const {
    return meter_.Steady(TrackKind::kVideo, now) - meter_.Steady(TrackKind::kAudio, now);
  }
  /// How often it grew after viewers got media.
  std::uint64_t growths() const { return growths_; }

 private:
  SessionTime Steady(SessionTime now) const;
  SessionTime Newest(SessionTime now) const;
  SessionTime Wanted(SessionTime behind, SessionTime now) const;
  Growth GrowTo(SessionTime wanted, SessionTime now);

  SkewMeter meter_;
  Lateness newest_{kShrinkWindow};
  SessionTime delay_{};
  SessionTime observed_at_{};
  bool frozen_ = false;
  std::uint64_t growths_ = 0;
};

}  // namespace ingress::pipeline
