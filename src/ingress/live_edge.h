#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "ingress/arrival_floor.h"
#include "ingress/media_clock.h"

namespace ingress {

/// Where a message lies on the session's time line.
struct Placed {
  SessionTime time;
  /// False: too far behind the live edge, or before what its track has already given out. The
  /// message keeps its place in decoding, but must be left out of the output.
  bool live;
};

/// Ties media time to the session's time by one offset, and keeps what goes out near the live edge.
///
/// The offset says when a message without any delay would arrive: the floor of all arrivals. A
/// message later than that is network jitter or worse:
///  - up to kMaxLate it is live; a line that is later than that again and again gets more room;
///  - beyond, it is left out while the stream catches up, and then the delay is what it was (a
///    stall is over at kMaxLateAfterStall, for sound at kMaxSoundLateAfterStall);
///  - a stream that does not catch up gets a later offset (a rebase) after kEvidence, one that does
///    it too slowly after kMaxDropping: its delay is the encoder's own. When it is one track only,
///    that track is allowed to be late, or shifted when it is so much that the numbers must be
///    wrong.
/// A message that is early shows that the floor is lower: the offset moves earlier, at once beyond
/// kMaxEarly (a pull; what the track has already given out is then skipped), otherwise and for the
/// drift of the encoder's clock in steps too small to see or hear.
///
/// Sans-IO; times are SessionTime, the smaller the earlier.
class LiveEdge {
 public:
  static constexpr std::chrono::milliseconds kMaxLate{250};
  static constexpr std::chrono::milliseconds kMaxEarly{250};
  /// After a stall nothing is live until it is this near to the floor: what is sent late at once
  /// fills the receivers' sound buffers, which take seconds to play that off. So of sound no more
  /// than must be sent: an AAC frame is 21 ms.
  static constexpr std::chrono::milliseconds kMaxLateAfterStall{60};
  static constexpr std::chrono::milliseconds kMaxSoundLateAfterStall{25};
  static constexpr std::chrono::milliseconds kEvidence{250};
  static constexpr std::chrono::milliseconds kMaxDropping{1'000};
  static constexpr std::chrono::milliseconds kMaxDroppingNearTheEnd{3'000};
  /// How much later than the other one a track may be for good.
  static constexpr std::chrono::milliseconds kMaxSkew{1'000};
  /// The most that a line of regular delays gets, and how long one such delay is remembered.
  static constexpr std::chrono::milliseconds kMaxRoom{1'000};
  static constexpr std::chrono::seconds kRoomFor{30};
  /// How much of the time that passes may go into correcting the offset.
  static constexpr double kMaxSlewEarlier = 0.05;
  static constexpr double kMaxSlewLater = 0.002;
  /// A track that comes this little too early behind its last message is jitter of the encoder.
  static constexpr std::chrono::milliseconds kMaxBackwardJitter{40};

  struct Counters {
    std::uint64_t late = 0;       // messages left out: behind the live edge
    std::uint64_t overtaken = 0;  // messages left out: their track is past their time
    std::uint64_t rebases = 0;    // the stream's delay grew for good
    std::uint64_t pulls = 0;      // the stream's delay shrank at once
    std::uint64_t shifts = 0;     // one track's numbers were off
  };

  struct Verdict {
    Placed placed;
    SessionTime shift{};  // what must be added to the media time of this track from now on
  };

  /// Places a message of `kind` with media time `media` that came at `arrival`.
  Verdict Place(TrackKind kind, SessionTime media, SessionTime arrival);

  /// Times have left the process: from now on the offset moves gently where it can.
  void Freeze() { frozen_ = true; }

  /// The media time that is neither early nor late at `arrival`.
  SessionTime Due(SessionTime arrival) const { return arrival - offset_; }

  /// How far the newest message lay behind the floor.
  SessionTime lateness() const { return lateness_; }
  const Counters& counters() const { return counters_; }

 private:
  /// Messages beyond the limit, one after the other.
  struct Episode {
    bool open = false;
    SessionTime from{};      // arrival; what follows is evidence of one and the same delay
    SessionTime first{};     // lateness then …
    SessionTime least{};     // … and the least since
    SessionTime latest{};    // lateness of the newest message
    SessionTime dropping{};  // how long messages have come and been left out
  };
  struct Track {
    bool started = false;
    bool live = false;
    SessionTime arrival{};  // of the newest message
    SessionTime media{};    // its media time …
    SessionTime time{};     // … and where the offset put it
    SessionTime given_out = SessionTime::min() / 2;
    SessionTime last_on_time = SessionTime::min() / 2;  // arrival
    ArrivalFloor floor;                                 // arrival - media, of messages on time
    SessionTime skew{};  // how much later than the common floor the track usually is
    Episode late;
  };

  Track& Of(TrackKind kind) { return tracks_[static_cast<std::size_t>(kind)]; }
  const Track& Of(TrackKind kind) const { return tracks_[static_cast<std::size_t>(kind)]; }
  Track& OtherThan(TrackKind kind) { return tracks_[1 - static_cast<std::size_t>(kind)]; }
  SessionTime Lateness(const Track& track, SessionTime media, SessionTime arrival) const {
    return arrival - media - offset_ - track.skew;
  }

  void PullOrSlew(SessionTime behind, SessionTime arrival);
  std::optional<SessionTime> Floor(SessionTime arrival);
  void OnTime(Track& track, SessionTime behind, SessionTime arrival);
  SessionTime Late(TrackKind kind, SessionTime lateness, SessionTime arrival);
  SessionTime LetBeLate(Track& track);
  void Rebase(SessionTime by);
  void Pull(SessionTime offset);
  void Forget();
  void EndEpisode(Track& track, SessionTime arrival);
  SessionTime Room(SessionTime arrival) const;
  SessionTime Limit(TrackKind kind, SessionTime arrival) const;
  static bool MayGoOut(const Track& track, SessionTime media, SessionTime& time);

  std::array<Track, 2> tracks_;
  SessionTime offset_{};
  SessionTime last_arrival_{};
  SessionTime lateness_{};
  SessionTime room_ = kMaxLate;
  SessionTime room_until_ = SessionTime::min() / 2;
  SessionTime last_spike_ = SessionTime::min() / 2;
  bool started_ = false;
  bool frozen_ = false;
  Counters counters_;
};

}  // namespace ingress
