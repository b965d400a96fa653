#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "stream/timestamp.h"
#include "stream/track_kind.h"
#include "timing/arrival_clock.h"
#include "timing/frame_spreader.h"
#include "timing/live_edge.h"
#include "timing/media_clock.h"
#include "timing/timestamp_check.h"

namespace ingress {

/// Maps an encoder's timestamps to the session's time line, for audio and video alike:
/// MediaClock reads the numbers, LiveEdge says when that is and whether it is still worth showing.
/// A track whose timestamps do not follow time (TimestampCheck) gets its times by arrival.
///
/// Both tracks share one offset, so that audio and video stay in sync; the times of a track never
/// run backwards. Sans-IO; `arrival` is the session time at which the message came in.
class Timeline {
 public:
  using Kind = TrackKind;

  /// Places a message of `kind` whose DTS is `timestamp`. `duration`: how long it plays, where that
  /// is known.
  Placed Map(Kind kind, const stream::Timestamp& timestamp, SessionTime arrival,
             SessionTime duration = {});

  /// Places a message that belongs to the track of the newest one that Map() placed, and counts on
  /// the same clock: another layer of a sender's simulcast. It is live where it comes no more than
  /// LiveEdge::kMaxLate later than that track's live messages do. Empty where there is no such one
  /// within kMaxStepFromNewest. Changes nothing.
  std::optional<Placed> PlaceByNewest(Kind kind, const stream::Timestamp& timestamp,
                                      SessionTime arrival) const;
  static constexpr std::chrono::seconds kMaxStepFromNewest{2};

  /// What is no later than `lateness` is live, because it waits for so long in any case.
  void Allow(SessionTime lateness) { edge_.Allow(lateness); }

  /// From now on times have left the process; the offset may no longer jump for little.
  void Freeze() { edge_.Freeze(); }

  /// How far the newest message of any kind lies behind the earliest arrivals: the network's
  /// current extra delay, zero on a smooth line.
  SessionTime lateness() const { return edge_.lateness(); }

  /// How much later than at its best the stream comes now; see LiveEdge.
  SessionTime behind() const { return edge_.behind(); }

  /// The timestamps of a track do not follow time.
  bool by_arrival(Kind kind) const { return Of(kind).has_value(); }
  /// Seconds that they advance per second.
  double timestamp_rate(Kind kind) const { return check_.wrong_rate(kind); }

  /// A composition time offset of a track whose timestamps count in another unit, in the unit that
  /// it should have.
  SessionTime CompositionTime(Kind kind, SessionTime offset) const;

  /// Seconds of media per second of arrival; empty where that is uneven.
  std::optional<double> pace() const { return edge_.pace(); }
  /// How much media has come in all.
  SessionTime media_passed() const { return edge_.media_passed(); }

  const LiveEdge::Counters& counters() const { return edge_.counters(); }
  std::uint64_t jumps() const { return clock_.jumps(); }

 private:
  std::optional<ArrivalClock>& Of(Kind kind) { return arrivals_[static_cast<std::size_t>(kind)]; }
  const std::optional<ArrivalClock>& Of(Kind kind) const {
    return arrivals_[static_cast<std::size_t>(kind)];
  }
  Placed PlaceNext(Kind kind, const stream::Timestamp& timestamp, SessionTime arrival,
                   SessionTime duration);
  void BeginByArrival(Kind kind, SessionTime arrival);
  SessionTime Spread(SessionTime media, SessionTime duration, SessionTime arrival);

  TimestampCheck check_;
  MediaClock clock_;
  FrameSpreader spreader_;  // of audio
  LiveEdge edge_;
  std::array<std::optional<ArrivalClock>, 2> arrivals_;  // of tracks with wrong timestamps
  std::array<double, 2> units_{1, 1};                    // of theirs per tick of the clock
  bool has_video_ = false;
  struct Newest {
    stream::Timestamp timestamp;
    Placed placed;
    SessionTime lateness{};  // of the newest that was live: from its time to its arrival
  };
  std::array<std::optional<Newest>, 2> newest_;  // by track
};

}  // namespace ingress
