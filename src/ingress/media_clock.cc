#include "ingress/media_clock.h"

namespace ingress {
namespace {

using std::chrono::milliseconds;

/// The signed way from one timestamp to the next. Ways of nearly 2^31 lead across the wrap of
/// senders that keep 31 bits.
milliseconds Step(std::uint32_t from, std::uint32_t to) {
  constexpr std::int64_t kHalf = std::int64_t{1} << 31;
  const std::int64_t step = static_cast<std::int32_t>(to - from);
  if (step < -kHalf / 2) return milliseconds(step + kHalf);
  if (step > kHalf / 2) return milliseconds(step - kHalf);
  return milliseconds(step);
}

}  // namespace

SessionTime MediaClock::Read(TrackKind kind, std::uint32_t timestamp, SessionTime due) {
  Track& track = Of(kind);
  const Track& other = OtherThan(kind);
  const milliseconds step = Step(track.raw, timestamp);
  if (!track.started) {
    track.media = Start(other, timestamp, due);
    track.started = true;
  } else if (step > kMaxForwardStep || step < -kMaxBackwardStep ||
             (step > kMaxAhead && track.media + step - due > kMaxAhead)) {
    ++jumps_;
    track.media = Land(track, other, timestamp, due);
  } else {
    track.media += step;
  }
  track.raw = timestamp;
  return track.media;
}

SessionTime MediaClock::Start(const Track& other, std::uint32_t timestamp, SessionTime due) {
  if (!other.started) return SessionTime{0};
  const milliseconds apart = Step(other.raw, timestamp);
  const bool same_numbers = apart <= kMaxForwardStep && apart >= -kMaxBackwardStep;
  return same_numbers ? other.media + apart : due;
}

SessionTime MediaClock::Land(const Track& track, const Track& other, std::uint32_t timestamp,
                             SessionTime due) {
  if (other.started) {
    const milliseconds apart = Step(other.raw, timestamp);
    const SessionTime joined = other.media + apart;
    // A track that fell silent long ago may still show numbers like these.
    if (abs(apart) <= kJoinWithin && joined > track.media - kMaxBackwardStep) return joined;
  }
  const SessionTime next = track.media + kStepAfterJump;
  return due - next > kMaxBehindAfterJump ? due : next;
}

}  // namespace ingress
