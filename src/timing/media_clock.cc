#include "timing/media_clock.h"

#include <algorithm>

namespace ingress {
using std::chrono::milliseconds;

/// Ways of nearly 2^31 lead across the wrap of senders that keep 31 bits.
milliseconds TimestampStep(std::uint32_t from, std::uint32_t to) {
  constexpr std::int64_t kHalf = std::int64_t{1} << 31;
  const std::int64_t step = static_cast<std::int32_t>(to - from);
  if (step < -kHalf / 2) return milliseconds(step + kHalf);
  if (step > kHalf / 2) return milliseconds(step - kHalf);
  return milliseconds(step);
}

SessionTime MediaClock::Read(TrackKind kind, std::uint32_t timestamp, SessionTime due) {
  Track& track = Of(kind);
  const Track& other = OtherThan(kind);
  const milliseconds step = TimestampStep(track.raw, timestamp);
  if (!track.started) {
    track.media = Start(other, timestamp, due);
    track.started = true;
  } else if (step > kMaxForwardStep || step < -kMaxBackwardStep ||
             (step > kMaxAhead && track.media + step - due > kMaxAhead)) {
    ++jumps_;
    track.media = Land(track, other, timestamp, due);
    track.owed = {};
  } else {
    track.media += step + Slew(track, step);
  }
  track.raw = timestamp;
  return track.media;
}

void MediaClock::Resume(TrackKind kind, std::uint32_t timestamp, SessionTime media) {
  Track& track = Of(kind);
  const Track& other = OtherThan(kind);
  track = {.started = true, .raw = timestamp, .media = media};
  if (!other.started) return;
  const SessionTime joined = other.media + TimestampStep(other.raw, timestamp);
  if (abs(joined - media) <= kJoinAhead) track.owed = joined - media;
}

SessionTime MediaClock::Slew(Track& track, SessionTime step) {
  if (track.owed == SessionTime{0} || step <= SessionTime{0}) return {};
  const SessionTime most(
      static_cast<SessionTime::rep>(static_cast<double>(step.count()) * kMaxSlew));
  const SessionTime by = std::clamp(track.owed, -most, most);
  track.owed -= by;
  return by;
}

SessionTime MediaClock::Start(const Track& other, std::uint32_t timestamp, SessionTime due) {
  if (!other.started) return SessionTime{0};
  const milliseconds apart = TimestampStep(other.raw, timestamp);
  const bool same_numbers = apart <= kMaxForwardStep && apart >= -kJoinBehind;
  return same_numbers ? other.media + apart : due;
}

SessionTime MediaClock::Land(const Track& track, const Track& other, std::uint32_t timestamp,
                             SessionTime due) {
  if (other.started) {
    const milliseconds apart = TimestampStep(other.raw, timestamp);
    const SessionTime joined = other.media + apart;
    // A track that fell silent long ago may still show numbers like these.
    const bool close = apart <= kJoinAhead && apart >= -kJoinBehind;
    if (close && joined > track.media - kMaxBackwardStep) return joined;
  }
  const SessionTime next = track.media + kStepAfterJump;
  return due - next > kMaxBehindAfterJump ? due : next;
}

}  // namespace ingress
