#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace ingress {

/// Computes a time for each audio frame where several frames share one timestamp, or timestamps are
/// rounded.
///
/// Some encoders write audio in bunches and give all frames of a bunch one timestamp, the first
/// frame's or the time of sending; others round timestamps to 20, 40 or 100 ms. How long a frame
/// plays is known, so frames can be counted: each begins where the one before it ends. The
/// timestamps say where that count lies, and where something is missing.
///
/// Timestamps that agree with the count by kJitter are passed on as they are. Otherwise:
///  - the count is laid so that no frame comes before its timestamp: the first of a bunch is then
///    where its timestamp is;
///  - a frame does not come before it ends: where the count would put frames more than kMaxEarly
///    into the future, the timestamps are those of sending, and the count is laid earlier;
///  - timestamps kHole ahead of all that was seen lately are a hole;
///  - a lasting difference is corrected slowly, as long as frames come as fast as they play.
///
/// Sans-IO. Times are media time: of the timestamps, without wraps and jumps.
class FrameSpreader {
 public:
  static constexpr std::chrono::milliseconds kJitter{30};
  static constexpr std::chrono::milliseconds kHole{50};
  static constexpr std::chrono::milliseconds kMaxEarly{30};
  /// The count is not laid later again while frames come within this of the limit.
  static constexpr std::chrono::milliseconds kNearLimit{10};
  /// More than this is no bunch; the timestamps are followed.
  static constexpr std::chrono::milliseconds kMaxSpread{2500};
  /// The difference between timestamps and count is measured over one to two of these windows.
  static constexpr std::chrono::milliseconds kWindow{2500};
  /// A lasting difference is corrected by at most this share of the passing time.
  static constexpr double kMaxSlew = 0.05;

  /// When a frame of media time `media` plays. `duration`: how long; zero where that is not known,
  /// and the timestamp is followed. `due`: the media time that is neither early nor late now, by
  /// the other track; empty while there is none.
  SessionTime Place(SessionTime media, SessionTime duration, std::optional<SessionTime> due);

  /// How much later than when it is due the first frame of a bunch comes, because it is one; zero
  /// where there are none.
  SessionTime bunch() const;

  /// The media time of the track has moved, from its last frame on.
  void Shift(SessionTime by) { count_ += by; }

 private:
  /// How far timestamps ran ahead of the count, at least and at most.
  struct Range {
    SessionTime least{};
    SessionTime most{};

    void Include(const Range& other);
  };

  SessionTime Restart(SessionTime media);
  void Note(SessionTime ahead);
  Range range() const;
  void Follow(SessionTime target, SessionTime passed);
  void Limit(SessionTime latest);

  bool started_ = false;
  SessionTime count_{};                    // of the newest frame …
  SessionTime duration_{};                 // … and how long it plays
  SessionTime offset_{};                   // what is added to the count
  std::optional<SessionTime> limited_at_;  // the count when it was last laid earlier
  Range window_;                           // since window_from_ …
  std::optional<Range> before_;            // … and in the window before it
  SessionTime window_from_{};
};

}  // namespace ingress
