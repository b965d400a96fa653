#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "stream/timestamp.h"
#include "stream/track_kind.h"

namespace ingress {

/// Turns the timestamps of both tracks into one media time that neither wraps nor jumps.
///
///  - Wraps of the clock, and those of senders that use fewer bits (FFmpeg and OBS store 31 in FLV
///    tags), are forward motion.
///  - A gap is a gap: numbers that go forward with the time that passed are kept.
///  - A jump (back, or ahead of both the last number and the time) keeps the track's media time
///    going. When its new numbers are those that the other track has, the two are laid on each
///    other again, whichever jumped first. Tracks whose clocks differ are never laid on each other.
///
/// Sans-IO. Media time starts at 0 with the first message.
class MediaClock {
 public:
  /// Larger steps are jumps, whatever the time.
  static constexpr std::chrono::milliseconds kMaxForwardStep{10'000};
  static constexpr std::chrono::milliseconds kMaxBackwardStep{1'000};
  /// A step forward that leads further ahead of the time than this is a jump, too.
  static constexpr std::chrono::milliseconds kMaxAhead{1'000};
  /// A track that jumped joins the other one when their numbers are this close, and so does one
  /// that begins: a track that comes later than the other has smaller numbers.
  static constexpr std::chrono::milliseconds kJoinAhead{1'000};
  static constexpr std::chrono::milliseconds kJoinBehind{2'500};
  static constexpr std::chrono::milliseconds kStepAfterJump{20};
  /// After a jump, a track further behind than this goes on at `due`.
  static constexpr std::chrono::milliseconds kMaxBehindAfterJump{250};
  /// A track that resumed is laid on the other one by this share of its steps.
  static constexpr double kMaxSlew = 0.02;

  /// The media time of a message of `kind`. `due`: the media time that would be neither early nor
  /// late now.
  SessionTime Read(TrackKind kind, const stream::Timestamp& timestamp, SessionTime due);

  /// Moves a track's media time, from its last message on: its numbers do not belong where they
  /// point.
  void Shift(TrackKind kind, SessionTime by) { Of(kind).media += by; }

  /// The numbers of a track mean nothing for now; the other track no longer refers to them.
  void Forget(TrackKind kind) { Of(kind) = {}; }

  /// The numbers of a track mean something again: `timestamp` goes on at `media`. Where they are
  /// those that the other track has, the two are laid on each other slowly, without a jump.
  void Resume(TrackKind kind, const stream::Timestamp& timestamp, SessionTime media);

  std::uint64_t jumps() const { return jumps_; }

 private:
  struct Track {
    bool started = false;
    stream::Timestamp raw{};  // last timestamp on the wire …
    SessionTime media{};      // … and its media time
    SessionTime owed{};       // what is still to be added to it, little by little
    std::int64_t rest = 0;    // of the ticks so far: less than a nanosecond, times the clock's rate
  };

  Track& Of(TrackKind kind) { return tracks_[static_cast<std::size_t>(kind)]; }
  const Track& OtherThan(TrackKind kind) const {
    return tracks_[1 - static_cast<std::size_t>(kind)];
  }
  static std::optional<SessionTime> FromOther(const Track& other,
                                              const stream::Timestamp& timestamp);
  static SessionTime Advance(Track& track, const stream::Timestamp& timestamp);
  static SessionTime Slew(Track& track, SessionTime step);
  static SessionTime Start(const Track& other, const stream::Timestamp& timestamp, SessionTime due);
  static SessionTime Land(const Track& track, const Track& other,
                          const stream::Timestamp& timestamp, SessionTime due);

  std::array<Track, 2> tracks_;
  std::uint64_t jumps_ = 0;
};

}  // namespace ingress
