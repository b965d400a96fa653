#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "stream/track_kind.h"
#include "timing/arrival_floor.h"
#include "timing/arrival_slope.h"

namespace ingress {

/// Holds the place of a message on the session's time line.
struct Placed {
  SessionTime time;
  /// The same on the encoder's clock: what lies between two messages is what the encoder says.
  SessionTime media{};
  /// False: too far behind the live edge, or before what its track has already given out. The
  /// message keeps its place in decoding, but must be left out of the output.
  bool live;
  /// The encoder's timestamps do not follow time, and `time` is by arrival.
  bool by_arrival = false;
};

/// Maps media time to the session's time by one offset, and keeps the output near the live edge.
///
/// The offset says when a message without any delay would arrive: the floor of all arrivals. A
/// message later than that is network jitter or worse:
///  - up to kMaxLate it is live; a line that is repeatedly later than that gets more slack;
///  - beyond, it is left out while the stream catches up, and then the delay is what it was (a
///    stall is over at kMaxLateAfterStall, for audio at kMaxAudioLateAfterStall);
///  - a stream that does not catch up gets a later offset (a rebase) after kEvidence, one that does
///    it too slowly after kMaxDropping: its delay is the encoder's own. When it is one track only,
///    that track is allowed to be late, or shifted when it is so much that the numbers must be
///    wrong.
/// A message that is early shows that the floor is lower: the offset moves earlier, at once beyond
/// kMaxEarly (a pull; what the track has already given out is then skipped), otherwise and for the
/// drift of the encoder's clock in steps too small to see or hear.
///
/// A stream whose lateness grows evenly, without gaps, is not late: that is the encoder's pace, and
/// the offset follows it, either way, between kSlowestPace and kFastestPace of real time.
///
/// Sans-IO; times are SessionTime, the smaller the earlier.
class LiveEdge {
 public:
  static constexpr std::chrono::milliseconds kMaxLate{250};
  static constexpr std::chrono::milliseconds kMaxEarly{250};
  /// After a stall nothing is live until it is this near to the floor: what is sent late at once
  /// fills the receivers' audio buffers, which take seconds to play that off. So of audio no more
  /// than must be sent: an AAC frame is 21 ms.
  static constexpr std::chrono::milliseconds kMaxLateAfterStall{60};
  static constexpr std::chrono::milliseconds kMaxAudioLateAfterStall{25};
  static constexpr std::chrono::milliseconds kEvidence{250};
  static constexpr std::chrono::milliseconds kMaxDropping{1'000};
  static constexpr std::chrono::milliseconds kMaxDroppingNearTheEnd{3'000};
  /// How much later than the other one a track may be for good.
  static constexpr std::chrono::milliseconds kMaxSkew{2'250};
  /// The most that a line of regular delays gets, and how long one such delay is remembered.
  static constexpr std::chrono::milliseconds kMaxSlack{1'000};
  static constexpr std::chrono::seconds kSlackFor{30};
  /// How much of the time that passes may go into correcting the offset.
  static constexpr double kMaxSlewEarlier = 0.05;
  static constexpr double kMaxSlewLater = 0.002;
  /// The pace of an encoder, of real time, that is followed. What is slower is a line that cannot
  /// carry the stream; what is faster does not fit into the time that passes.
  static constexpr double kSlowestPace = 0.45;
  static constexpr double kFastestPace = 1.35;
  /// How late a message may be while its lateness grows without gaps: until the pace is known.
  static constexpr std::chrono::milliseconds kMaxEvenlyLate{900};
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

  /// Places a message of `kind` with media time `media` that came at `arrival`. `bunch`: how late
  /// it may be because it came in a bunch with others.
  Verdict Place(TrackKind kind, SessionTime media, SessionTime arrival, SessionTime bunch = {});

  /// What is no later than `lateness` waits for its turn anyway, and is live.
  void Allow(SessionTime lateness) { allowed_ = lateness; }

  /// Times have left the process: from now on the offset moves gently where it can.
  void Freeze() { frozen_ = true; }

  /// A message of `kind` was placed at `time` by another measure than its media time, which says
  /// nothing: the track has no influence on the offset.
  void PassBy(TrackKind kind, SessionTime time);

  /// The media time of `kind` turned out to say nothing: undoes what it has done to the offset.
  void Release(TrackKind kind);

  /// The media time that is neither early nor late at `arrival`.
  SessionTime Due(SessionTime arrival) const { return arrival - offset_; }

  /// How far the newest message lay behind the floor.
  SessionTime lateness() const { return lateness_; }

  /// How much later the newest media came than the stream's best, but for the drift of its clock:
  /// what waits in the encoder's upload, whether the offset has followed or not.
  SessionTime behind() const;

  /// Seconds of media per second of arrival, where it has been even of late; empty where it has
  /// not, or while the stream catches up after it was late.
  std::optional<double> pace() const;

  /// When `track` last gave out a message, min() before the first.
  SessionTime given_out(TrackKind kind) const { return Of(kind).given_out; }

  /// How much media has come in all, of the track that brought more; jumps aside.
  SessionTime media_passed() const;
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
    SessionTime skew{};    // how much later than the common floor the track usually is
    SessionTime passed{};  // of media time, in all
    ArrivalSlope slope;
    SessionTime behind{};      // arrival - media of the newest message
    SessionTime even_since{};  // arrival; the lateness has not leapt since
    Episode late;
  };

  Track& Of(TrackKind kind) { return tracks_[static_cast<std::size_t>(kind)]; }
  const Track& Of(TrackKind kind) const { return tracks_[static_cast<std::size_t>(kind)]; }
  Track& OtherThan(TrackKind kind) { return tracks_[1 - static_cast<std::size_t>(kind)]; }
  SessionTime Lateness(const Track& track, SessionTime media, SessionTime arrival) const {
    return arrival - media - offset_ - track.skew;
  }

  bool IsHeard(const Track& track, SessionTime now) const;
  std::optional<double> Slope() const;
  bool GrowsEvenly(const Track& track, SessionTime lateness, SessionTime arrival) const;
  void NoteLowest(SessionTime behind, SessionTime arrival, SessionTime passed);
  void FollowPace(SessionTime arrival, SessionTime passed);
  void PullOrSlew(SessionTime behind, SessionTime arrival, SessionTime passed);
  std::optional<SessionTime> Floor(SessionTime arrival);
  void OnTime(Track& track, SessionTime behind, SessionTime arrival);
  SessionTime Late(TrackKind kind, SessionTime lateness, SessionTime arrival);
  static bool BeginsLate(const Track& track, const Track& other, SessionTime lateness,
                         SessionTime arrival);
  SessionTime LetBeLate(Track& track);
  void Rebase(SessionTime by);
  void Pull(SessionTime offset);
  void Forget();
  void EndEpisode(Track& track, SessionTime arrival);
  SessionTime Slack(SessionTime arrival) const;
  SessionTime Limit(TrackKind kind, SessionTime arrival) const;
  bool FollowsFastPace() const;
  bool MayGoOut(const Track& track, SessionTime media, SessionTime& time) const;
  bool IsAllowed(SessionTime behind) const { return behind - offset_ <= allowed_; }

  std::array<Track, 2> tracks_;
  SessionTime offset_{};
  SessionTime last_arrival_{};
  SessionTime without_gap_since_{};  // arrival
  // arrival - media, the least that the stream ever had: now, and one to two seconds ago.
  SessionTime lowest_{};
  std::array<SessionTime, 2> lowest_before_{};
  SessionTime lowest_noted_at_{};  // arrival
  SessionTime lateness_{};
  SessionTime allowed_{};
  SessionTime slack_ = kMaxLate;
  SessionTime slack_until_ = SessionTime::min() / 2;
  SessionTime last_spike_ = SessionTime::min() / 2;
  bool started_ = false;
  bool frozen_ = false;
  Counters counters_;
};

}  // namespace ingress
