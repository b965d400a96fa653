#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace ingress {

/// Computes evenly spaced times for the messages of a track whose timestamps are unusable.
///
/// The times advance by how long a message plays, or else by the mean interval of arrivals, and
/// approach the arrivals so slowly that jitter and bunches do not show. The order of messages is
/// kept. Sans-IO; times are on the session's time line.
class ArrivalClock {
 public:
  /// A message that is later than its turn by more begins after a hole.
  static constexpr std::chrono::milliseconds kHole{200};
  /// How much of a message's length may go into following the arrivals.
  static constexpr double kMaxSlew = 0.1;

  /// Goes on after `last`. `interval`: between two messages, as far as it is known. `max_ahead`:
  /// what comes in a bunch gets times so far ahead of its arrival, and is pressed together beyond.
  ArrivalClock(SessionTime last, SessionTime interval, SessionTime max_ahead)
      : last_(last), interval_(interval), max_ahead_(max_ahead) {}

  /// The time of the next message. `duration`: how long it plays; zero: not known.
  SessionTime Next(SessionTime arrival, SessionTime duration);

 private:
  void Measure(SessionTime arrival);

  SessionTime last_;
  SessionTime interval_;
  SessionTime max_ahead_;
  SessionTime duration_{};  // of the last message
  SessionTime counted_from_ = SessionTime::min() / 2;
  std::int64_t counted_ = 0;
};

}  // namespace ingress
