#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "stream/timestamp.h"
#include "stream/track_kind.h"

namespace ingress {

/// Checks whether the timestamps of each track follow time.
///
/// Encoders send timestamps that stand still, run backwards or count in another unit. Over spans of
/// a quarter of a second, the advance of a track's timestamps is compared with what should have
/// advanced meanwhile:
///  - for audio, how long its frames play, which the frames themselves say;
///  - for video, the audio beside it, which came over the same line;
///  - where neither is there, the time that passed, and how far apart frames are. A line that is
///    slow or catches up brings frames at another rate than they were made at; a wrong unit leaves
///    the rate as it was and moves their timestamps apart.
/// Timestamps that are also off against arrival, by more than the factors below, for kFaultySpans
/// one after the other, are wrong; a stall, a burst, a jump or jitter is not. They are right again
/// after some seconds without fault; each relapse doubles that time.
///
/// Sans-IO.
class TimestampCheck {
 public:
  static constexpr std::chrono::milliseconds kSpan{250};
  static constexpr int kFaultySpans = 4;
  /// Spans of a track that is wrong, and how many must be right to end that, at first and at most.
  static constexpr std::chrono::milliseconds kSpanWhenWrong{1'000};
  static constexpr int kRightSpans = 2;
  static constexpr int kMaxRightSpans = 32;
  /// A span of a sparse track lasts until it has so many messages, or for kLongestSpan.
  static constexpr int kMessages = 6;
  static constexpr std::chrono::milliseconds kLongestSpan{2'000};
  /// A rate between these factors of what was to be expected is jitter or a slow line.
  static constexpr double kSlowest = 0.7;
  static constexpr double kFastest = 1.4;

  struct Message {
    stream::Timestamp timestamp{};  // as the encoder says
    SessionTime arrival{};
    SessionTime duration{};  // how long it plays; zero: not known
  };

  /// Takes the next message of a track. Returns whether its timestamps follow time.
  bool Follows(TrackKind kind, const Message& message);

  bool wrong(TrackKind kind) const { return Of(kind).wrong; }

  /// Seconds that the timestamps of a track advanced per second, when last seen to be wrong.
  double wrong_rate(TrackKind kind) const { return Of(kind).wrong_rate; }

  /// The time between two messages of a track, on average over the last span.
  SessionTime interval(TrackKind kind) const { return Of(kind).interval; }

 private:
  /// What a track has brought since its first message, in seconds.
  struct Progress {
    double timestamps = 0;
    double duration = 0;
    std::uint64_t messages = 0;
  };
  struct Track {
    bool started = false;
    Message newest{};
    Progress progress;
    // The span that runs.
    SessionTime from{};
    Progress before;          // of this track …
    Progress audio_before;    // … and of audio
    double least_behind = 0;  // seconds; arrival less timestamps, where they were right

    bool wrong = false;
    int faulty = 0;  // spans in a row
    int right = 0;   // spans in a row
    int right_needed = kRightSpans;
    double wrong_rate = 0;
    SessionTime interval{};
  };
  /// One span, in seconds.
  struct Span {
    double lasted = 0;
    double rate = 0;                 // of the timestamps
    double step = 0;                 // of the timestamps, per message
    double interval = 0;             // of arrivals
    std::optional<double> expected;  // rate
    bool early = false;              // the timestamps are ahead of all arrivals before
  };

  Track& Of(TrackKind kind) { return tracks_[static_cast<std::size_t>(kind)]; }
  const Track& Of(TrackKind kind) const { return tracks_[static_cast<std::size_t>(kind)]; }

  static bool IsWhole(const Track& track, SessionTime arrival);
  void Begin(Track& track, SessionTime arrival) const;
  Span Measure(TrackKind kind, SessionTime arrival) const;
  std::optional<double> Expected(TrackKind kind, double lasted) const;
  void Judge(TrackKind kind, const Span& span, SessionTime arrival);

  std::array<Track, 2> tracks_;
};

}  // namespace ingress
