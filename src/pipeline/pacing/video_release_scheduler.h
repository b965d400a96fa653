#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/encoded_frame.h"
#include "codec/opus_format.h"
#include "pipeline/pacing/lateness.h"

namespace ingress::pipeline {

/// Sends each video frame together with the audio of its time (A/V sync).
///
/// Audio takes longer: its coded frames are gathered into packets of another length, and an encoder
/// that reorders sends video frames ahead of their time. Receivers compensate only what exceeds
/// 30 ms. So a video frame leaves as far behind its media time as audio does, minus a lead, and all
/// frames equally far, because a receiver's buffer grows with the variation. Frames do not wait for
/// audio that is later than that by itself or that does not come, nor for any audio during
/// kUnsyncedStart, when viewers wait for a first frame.
///
/// Where media comes in batches, a frame leaves with the last batch before it is due, so that no
/// timer is needed. Being early by less than a batch interval costs nothing at a receiver whose
/// video waits for audio.
///
/// Sans-IO. `now` is on the session's time line.
class VideoReleaseScheduler {
 public:
  /// Video may be behind its time by this much less than audio, because receivers take longer to
  /// show it; kSourceLead where the source's own, larger key frames are sent. Measured at libwebrtc
  /// receivers (ADR 7).
  static constexpr std::chrono::milliseconds kLead{10};
  static constexpr std::chrono::milliseconds kSourceLead{18};
  /// The longest that a frame waits. No frame waits for audio that is further behind.
  static constexpr std::chrono::milliseconds kMaxFrameHold{50};
  /// No frame waits for an audio track that has sent nothing for this long.
  static constexpr std::chrono::milliseconds kAudioGone{60};
  /// Frames do not wait for audio during this time from the first frame on.
  static constexpr std::chrono::milliseconds kUnsyncedStart{500};
  /// Longer batch intervals do not decide when a frame leaves.
  static constexpr std::chrono::milliseconds kLongestBatchInterval = codec::kOpusPacketDuration;
  /// The lateness of audio is measured over one to two of these windows.
  static constexpr std::chrono::milliseconds kLatenessWindow{1000};

  using OnPicture = std::function<void(std::size_t layer, const EncodedFrame& frame)>;

  explicit VideoReleaseScheduler(OnPicture on_picture) : on_picture_(std::move(on_picture)) {}

  /// Takes a frame of any layer; those of one layer leave in the order of these calls.
  void Push(std::size_t layer, EncodedFrame frame, SessionTime now);

  /// The audio packet of `pts` was sent.
  void OnAudioSent(SessionTime pts, SessionTime now);

  /// Sends the frames that are due before the next batch. The caller calls it whenever media has
  /// come.
  void OnTick(SessionTime now);

  /// Sends the frames that are due and that no batch took along.
  void Poll(SessionTime now);

  /// Sets the time between batches of media, which is that between calls of OnTick(). Zero, the
  /// initial value: media comes as it arrives.
  void SetBatchInterval(std::chrono::milliseconds batch_interval) {
    batch_interval_ =
        batch_interval <= kLongestBatchInterval ? batch_interval : std::chrono::milliseconds{0};
  }

  /// Sets by how much video is ahead from now on: kLead or kSourceLead.
  void SetLead(std::chrono::milliseconds lead) { lead_ = lead; }

  /// When the next frame is due; empty while none is held.
  std::optional<SessionTime> deadline() const;

 private:
  struct Held {
    std::size_t layer;
    EncodedFrame frame;
    SessionTime due;
  };

  SessionTime Due(const EncodedFrame& frame, SessionTime now) const;
  void ReleaseUntil(SessionTime due);

  OnPicture on_picture_;
  std::chrono::milliseconds lead_ = kLead;
  std::chrono::milliseconds batch_interval_{0};
  std::deque<Held> held_;  // in order of arrival
  std::optional<SessionTime> began_at_;
  std::optional<SessionTime> audio_at_;
  Lateness audio_lateness_{kLatenessWindow};
};

}  // namespace ingress::pipeline
