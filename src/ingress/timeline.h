#pragma once

#include <cstdint>

#include "base/clock.h"
#include "ingress/live_edge.h"
#include "ingress/media_clock.h"

namespace ingress {

/// Maps an encoder's millisecond timestamps to the session's time line, for audio and video alike:
/// MediaClock reads the numbers, LiveEdge says when that is and whether it is still worth showing.
///
/// Both tracks share one offset, so that lips and sound stay together; the times of a track never
/// run backwards. Sans-IO; `arrival` is the session time at which the message came in.
class Timeline {
 public:
  using Kind = TrackKind;

  /// Places a message of `kind` whose timestamp (DTS) is `timestamp` milliseconds.
  Placed Map(Kind kind, std::uint32_t timestamp, SessionTime arrival) {
    const SessionTime media = clock_.Read(kind, timestamp, edge_.Due(arrival));
    const LiveEdge::Verdict verdict = edge_.Place(kind, media, arrival);
    clock_.Shift(kind, verdict.shift);
    return verdict.placed;
  }

  /// From now on times have left the process; the offset may no longer jump for little.
  void Freeze() { edge_.Freeze(); }

  /// How far the newest message of any kind lies behind the earliest arrivals: the network's
  /// current extra delay, zero on a smooth line.
  SessionTime lateness() const { return edge_.lateness(); }

  const LiveEdge::Counters& counters() const { return edge_.counters(); }
  std::uint64_t jumps() const { return clock_.jumps(); }

 private:
  MediaClock clock_;
  LiveEdge edge_;
};

}  // namespace ingress
