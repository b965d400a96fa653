#include "timing/timestamp_check.h"

#include <algorithm>
#include <cmath>

namespace ingress {
namespace {

// Where only arrival can be compared with. Frames of a live source are at least so far apart; what
// comes more often is a backlog or a file. Audio frames of AAC at 96 kHz are 10.7 ms long.
constexpr double kShortestVideoInterval = 0.0155;  // seconds: 64 frames per second
constexpr double kShortestAudioInterval = 0.009;
constexpr double kShortestAudioStep = 0.002;
constexpr double kSlowestAlone = 0.5;
constexpr double kFastestVideoAlone = 1.6;
constexpr double kFastestAudioAlone = 2.2;
// Of what was expected; closer than the factors above, so that a track does not waver.
constexpr double kRightFrom = 0.75;
constexpr double kRightTo = 1.33;
constexpr double kEarly = 0.1;       // seconds
constexpr double kAnotherLine = 10;  // seconds; earlier arrivals are no measure any more

double Seconds(SessionTime time) { return std::chrono::duration<double>(time).count(); }

bool IsSlow(TrackKind kind, double rate, double step, std::optional<double> expected) {
  if (expected) {
    return rate < TimestampCheck::kSlowest && rate < TimestampCheck::kSlowest * *expected;
  }
  const bool video = kind == TrackKind::kVideo;
  return rate < kSlowestAlone && step < (video ? kShortestVideoInterval : kShortestAudioStep);
}

bool IsFast(TrackKind kind, double rate, double interval, std::optional<double> expected) {
  if (expected) {
    return rate > TimestampCheck::kFastest && rate > TimestampCheck::kFastest * *expected;
  }
  if (kind == TrackKind::kVideo) {
    return rate > kFastestVideoAlone && interval >= kShortestVideoInterval;
  }
  return rate > kFastestAudioAlone && interval >= kShortestAudioInterval;
}

}  // namespace

bool TimestampCheck::Follows(TrackKind kind, const Message& message) {
  Track& track = Of(kind);
  // Numbers of another clock say nothing about those before.
  if (!track.started || message.timestamp.clock != track.newest.timestamp.clock) {
    track.started = true;
    track.newest = message;
    track.least_behind = Seconds(message.arrival);
    Begin(track, message.arrival);
    return true;
  }
  track.progress.timestamps +=
      Seconds(stream::TimeBetween(track.newest.timestamp, message.timestamp));
  track.progress.duration += Seconds(track.newest.duration);
  ++track.progress.messages;
  track.newest = message;
  if (IsWhole(track, message.arrival)) {
    Judge(kind, Measure(kind, message.arrival), message.arrival);
    Begin(track, message.arrival);
  }
  return !track.wrong;
}

bool TimestampCheck::IsWhole(const Track& track, SessionTime arrival) {
  const SessionTime lasted = arrival - track.from;
  const auto messages = track.progress.messages - track.before.messages;
  if (lasted >= kLongestSpan) return true;
  return lasted >= (track.wrong ? kSpanWhenWrong : kSpan) && messages >= kMessages;
}

void TimestampCheck::Begin(Track& track, SessionTime arrival) const {
  track.from = arrival;
  track.before = track.progress;
  track.audio_before = Of(TrackKind::kAudio).progress;
}

TimestampCheck::Span TimestampCheck::Measure(TrackKind kind, SessionTime arrival) const {
  const Track& track = Of(kind);
  const double lasted = Seconds(arrival - track.from);
  const double advanced = track.progress.timestamps - track.before.timestamps;
  const auto messages = static_cast<double>(track.progress.messages - track.before.messages);
  const double behind = Seconds(arrival) - track.progress.timestamps;
  return {.lasted = lasted,
          .rate = advanced / lasted,
          .step = advanced / messages,
          .interval = lasted / messages,
          .expected = Expected(kind, lasted),
          .early = behind < track.least_behind - kEarly};
}

/// How fast the timestamps should have advanced; empty where nothing but arrival says that.
std::optional<double> TimestampCheck::Expected(TrackKind kind, double lasted) const {
  const Track& track = Of(kind);
  const Track& audio = Of(TrackKind::kAudio);
  const bool duration_known = audio.newest.duration > SessionTime{0};
  const double played = (audio.progress.duration - track.audio_before.duration) / lasted;
  if (kind == TrackKind::kAudio || audio.wrong || audio.faulty > 0) {
    return duration_known ? std::optional(played) : std::nullopt;
  }
  if (audio.progress.messages == track.audio_before.messages) return std::nullopt;  // silent
  return (audio.progress.timestamps - track.audio_before.timestamps) / lasted;
}

void TimestampCheck::Judge(TrackKind kind, const Span& span, SessionTime arrival) {
  Track& track = Of(kind);
  track.interval = std::chrono::duration_cast<SessionTime>(
      std::chrono::duration<double>(std::max(span.interval, 0.0)));
  const bool fault = IsSlow(kind, span.rate, span.step, span.expected) ||
                     (span.early && IsFast(kind, span.rate, span.interval, span.expected));
  const double expected = span.expected.value_or(1);
  const bool right =
      (span.rate > kRightFrom && span.rate < kRightTo) ||
      (span.rate > kRightFrom * expected && span.rate < kRightTo * expected && span.rate > 0);
  if (right) {
    const double behind = Seconds(arrival) - track.progress.timestamps;
    const bool another = std::abs(behind - track.least_behind) > kAnotherLine;
    track.least_behind = another ? behind : std::min(track.least_behind, behind);
  }
  track.faulty = fault ? track.faulty + 1 : 0;
  track.right = right ? track.right + 1 : 0;
  if (!track.wrong && track.faulty >= kFaultySpans) {
    track.wrong = true;
    track.right = 0;
  }
  if (!track.wrong) return;
  if (!right) track.wrong_rate = span.rate;
  if (track.right < track.right_needed) return;
  track.wrong = false;
  track.faulty = 0;
  track.right_needed = std::min(2 * track.right_needed, kMaxRightSpans);
}

}  // namespace ingress
