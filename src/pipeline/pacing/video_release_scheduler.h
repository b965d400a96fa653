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

/// Lets a picture leave beside the sound of its time.
///
/// Sound is on its way for longer: its coded frames are gathered in packets of another length, and
/// an encoder that reorders sends pictures ahead of their time. Receivers even out only what
/// exceeds 30 ms. So a picture leaves as far behind its time as sound does, less a lead, and
/// all of them equally far, because a receiver's buffer grows with what varies. Sound that is later
/// than that by itself, or does not come, is not waited for; nor is anything before kUnsyncedStart,
/// when viewers wait for a first picture.
///
/// Where media comes at a beat, a picture leaves with the last beat before it is due, so that
/// nobody has to wake up for it. Being early by less than a beat costs nothing at a receiver whose
/// pictures wait for sound.
///
/// Sans-IO. `now` is on the session's time line.
class VideoReleaseScheduler {
 public:
  /// By how much less than sound a picture may be behind its time: receivers take longer to show
  /// it, still longer where a source's large key frames come along. Chosen by measurement at
  /// libwebrtc receivers.
  static constexpr std::chrono::milliseconds kLead{10};
  static constexpr std::chrono::milliseconds kSourceLead{18};
  /// The longest that a picture waits; sound that is further behind is not waited for.
  static constexpr std::chrono::milliseconds kMaxFrameHold{50};
  /// Sound that has been silent for so long is not waited for.
  static constexpr std::chrono::milliseconds kAudioGone{60};
  /// From the first picture on.
  static constexpr std::chrono::milliseconds kUnsyncedStart{500};
  /// A longer beat sets no picture's time.
  static constexpr std::chrono::milliseconds kLongestBatchInterval = codec::kOpusPacketDuration;
  /// The lateness of sound is looked at over one to two of these.
  static constexpr std::chrono::milliseconds kLatenessWindow{1000};

  using OnPicture = std::function<void(std::size_t layer, const EncodedFrame& frame)>;

  explicit VideoReleaseScheduler(OnPicture on_picture) : on_picture_(std::move(on_picture)) {}

  /// A picture of any layer; those of one layer leave in the order of these calls.
  void Push(std::size_t layer, EncodedFrame frame, SessionTime now);

  /// A packet of sound of `pts` is out.
  void OnAudioSent(SessionTime pts, SessionTime now);

  /// Media has come: lets go of what is due before it comes again.
  void OnTick(SessionTime now);

  /// Lets go of what is due: no media came in time to take it along.
  void Poll(SessionTime now);

  /// How often media comes, and OnTick() is called; zero, as at first: whenever it is there.
  void SetBatchInterval(std::chrono::milliseconds batch_interval) {
    batch_interval_ =
        batch_interval <= kLongestBatchInterval ? batch_interval : std::chrono::milliseconds{0};
  }

  /// By how much pictures are ahead from now on: kLead or kSourceLead.
  void SetLead(std::chrono::milliseconds lead) { lead_ = lead; }

  /// When the next picture is due; empty while none is held.
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
