#include "timing/media_clock.h"

#include <algorithm>

namespace ingress {
using stream::Timestamp;

SessionTime MediaClock::Read(TrackKind kind, const Timestamp& timestamp, SessionTime due) {
  Track& track = Of(kind);
  const Track& other = OtherThan(kind);
  if (!track.started) {
    track = {.started = true, .raw = timestamp, .media = Start(other, timestamp, due)};
    return track.media;
  }
  const SessionTime step = stream::TimeBetween(track.raw, timestamp);
  if (timestamp.clock != track.raw.clock || step > kMaxForwardStep || step < -kMaxBackwardStep ||
      (step > kMaxAhead && track.media + step - due > kMaxAhead)) {
    ++jumps_;
    track.media = Land(track, other, timestamp, due);
    track.owed = {};
    track.rest = 0;
  } else {
    track.media += Advance(track, timestamp) + Slew(track, step);
  }
  track.raw = timestamp;
  return track.media;
}

void MediaClock::Resume(TrackKind kind, const Timestamp& timestamp, SessionTime media) {
  Track& track = Of(kind);
  const Track& other = OtherThan(kind);
  track = {.started = true, .raw = timestamp, .media = media};
  const auto apart = FromOther(other, timestamp);
  if (!apart) return;
  const SessionTime joined = other.media + *apart;
  if (abs(joined - media) <= kJoinAhead) track.owed = joined - media;
}

/// How far a number lies from the other track's last one; empty where the two have nothing to do
/// with each other.
std::optional<SessionTime> MediaClock::FromOther(const Track& other, const Timestamp& timestamp) {
  if (!other.started || other.raw.clock != timestamp.clock) return std::nullopt;
  return stream::TimeBetween(other.raw, timestamp);
}

/// The time since the track's last number. What nanoseconds cannot say of it is kept for the next
/// step: a picture of 3 000 ticks of 90 kHz would otherwise lose a third of one each time.
SessionTime MediaClock::Advance(Track& track, const Timestamp& timestamp) {
  const std::int64_t ticks = stream::TicksBetween(track.raw, timestamp);
  const auto rate = static_cast<std::int64_t>(timestamp.clock.rate);
  track.rest += ticks % rate * std::nano::den % rate;
  const SessionTime carried(track.rest / rate);
  track.rest %= rate;
  return stream::ToTime(ticks, timestamp.clock.rate) + carried;
}

SessionTime MediaClock::Slew(Track& track, SessionTime step) {
  if (track.owed == SessionTime{0} || step <= SessionTime{0}) return {};
  const SessionTime most(
      static_cast<SessionTime::rep>(static_cast<double>(step.count()) * kMaxSlew));
  const SessionTime by = std::clamp(track.owed, -most, most);
  track.owed -= by;
  return by;
}

SessionTime MediaClock::Start(const Track& other, const Timestamp& timestamp, SessionTime due) {
  if (!other.started) return SessionTime{0};
  const auto apart = FromOther(other, timestamp);
  const bool same_numbers = apart && *apart <= kMaxForwardStep && *apart >= -kJoinBehind;
  return same_numbers ? other.media + *apart : due;
}

SessionTime MediaClock::Land(const Track& track, const Track& other, const Timestamp& timestamp,
                             SessionTime due) {
  if (const auto apart = FromOther(other, timestamp)) {
    const SessionTime joined = other.media + *apart;
    // A track that fell silent long ago may still show numbers like these.
    const bool close = *apart <= kJoinAhead && *apart >= -kJoinBehind;
    if (close && joined > track.media - kMaxBackwardStep) return joined;
  }
  const SessionTime next = track.media + kStepAfterJump;
  return due - next > kMaxBehindAfterJump ? due : next;
}

}  // namespace ingress
