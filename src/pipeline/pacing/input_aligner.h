#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "pipeline/pacing/alignment_delay.h"
#include "pipeline/pacing/rtp_offset.h"
#include "timing/timeline.h"

namespace ingress::pipeline {

/// Passes an encoder's messages on in the order and at the pace of their media times, as a good
/// encoder would have sent them. It stands between the timeline and the pipelines.
///
/// livekit-server puts each track into a stream of its own, so no receiver re-aligns tracks that
/// leave apart. Where one track comes later than the media of its time, or in bunches, all messages
/// wait until AlignmentDelay after their media time. Otherwise none waits: Passes() returns true.
///
/// Messages of a track go on in the order in which they came. Sans-IO; times are on the session's
/// time line.
class InputAligner {
 public:
  using GoOn = std::move_only_function<void()>;

  /// The most that is held, in bytes, with kOverhead per message; beyond it the oldest go on.
  static constexpr std::size_t kMaxHeld = std::size_t{32} << 20;
  static constexpr std::size_t kOverhead = 256;
  /// Longer batch intervals do not decide when a message goes on.
  static constexpr std::chrono::milliseconds kLongestBatchInterval{50};
  /// By how much a message's time may lie ahead of its arrival and be waited for. Audio that comes
  /// in bunches has times so far ahead; only an encoder that sends faster than it plays exceeds it.
  static constexpr std::chrono::milliseconds kMaxAhead{600};
  /// The longest that a message is held.
  static constexpr std::chrono::milliseconds kMaxMessageHold = AlignmentDelay::kMax + kMaxAhead;

  /// A coded frame of `kind` came, which the timeline has placed; also one that goes no further.
  /// True: the delay grew.
  bool Observe(TrackKind kind, const Placed& placed, SessionTime now);

  /// Whether a coded frame, which was observed, may go on at once; otherwise it is to be held.
  bool Passes(TrackKind kind, const Placed& placed, SessionTime now);

  /// The same for a message of `kind` that is no media, or goes on with what the last one began.
  bool Passes(TrackKind kind) const { return Of(kind).held.empty(); }

  /// Holds a message of `size` bytes. `placed`: empty when it is none with a time of its own.
  /// `go_on` is called when its turn has come.
  void Hold(TrackKind kind, const std::optional<Placed>& placed, std::size_t size, SessionTime now,
            GoOn go_on);

  /// Passes on what is due before the next batch.
  void OnTick(SessionTime now) { ReleaseUntil(now + batch_interval_); }

  /// Passes on what is due.
  void Poll(SessionTime now) { ReleaseUntil(now); }

  /// When the next message is due; empty while none is held.
  std::optional<SessionTime> deadline() const;

  /// Sets the time between batches of media, which is that between calls of OnTick(). Zero, the
  /// initial value: media comes as it arrives.
  void SetBatchInterval(std::chrono::milliseconds batch_interval) {
    batch_interval_ =
        batch_interval <= kLongestBatchInterval ? batch_interval : std::chrono::milliseconds{0};
  }

  /// From now on viewers get media.
  void Freeze() { delay_.Freeze(); }

  /// By how much later than its presentation time a frame's RTP time is to be.
  SessionTime RtpOffsetAt(TrackKind kind, SessionTime pts) const { return Of(kind).offset.At(pts); }

  /// How long after its time media goes on; zero: at once.
  SessionTime delay() const { return delay_.delay(); }
  const AlignmentDelay& alignment() const { return delay_; }
  std::size_t held_bytes() const { return held_bytes_; }

 private:
  struct Held {
    GoOn go_on;
    SessionTime time;  // of a message without one: of the one before it
    std::size_t size;
  };
  /// Receivers follow pictures that leave sooner by their RTP times, in steps of so much.
  static constexpr std::chrono::milliseconds kRtpStep{5};

  struct Track {
    std::deque<Held> held;
    SessionTime newest = SessionTime::min() / 2;  // time of the last message that went on
    RtpOffset offset;
  };

  Track& Of(TrackKind kind) { return tracks_[static_cast<std::size_t>(kind)]; }
  const Track& Of(TrackKind kind) const { return tracks_[static_cast<std::size_t>(kind)]; }
  const Track* First() const;
  void FollowDelay();
  void ReleaseUntil(SessionTime due);
  void ReleaseFirst();

  std::chrono::milliseconds batch_interval_{0};
  AlignmentDelay delay_;
  SessionTime followed_{};  // the delay that RTP times follow
  std::array<Track, 2> tracks_;
  std::size_t held_bytes_ = 0;
};

}  // namespace ingress::pipeline
