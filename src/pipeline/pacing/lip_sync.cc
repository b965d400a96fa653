#include "pipeline/pacing/lip_sync.h"

#include <utility>

namespace ingress::pipeline {

void LipSync::Push(std::size_t layer, EncodedFrame frame, SessionTime now) {
  if (!began_at_) began_at_ = now;
  OnMedia(now);
  const SessionTime due = Due(frame, now);
  if (held_.empty() && due <= now + beat_) {
    on_picture_(layer, frame);
    return;
  }
  held_.push_back({.layer = layer, .frame = std::move(frame), .due = due});
}

void LipSync::OnSound(SessionTime pts, SessionTime now) {
  sound_at_ = now;
  sound_lateness_.Note(now - pts, now);
  OnMedia(now);
}

void LipSync::OnMedia(SessionTime now) { ReleaseUntil(now + beat_); }

void LipSync::Poll(SessionTime now) { ReleaseUntil(now); }

void LipSync::ReleaseUntil(SessionTime due) {
  while (!held_.empty() && held_.front().due <= due) {
    // Out of the queue first: the callback may come back in.
    const Held first = std::move(held_.front());
    held_.pop_front();
    on_picture_(first.layer, first.frame);
  }
}

std::optional<SessionTime> LipSync::deadline() const {
  if (held_.empty()) return std::nullopt;
  return held_.front().due;
}

SessionTime LipSync::Due(const EncodedFrame& frame, SessionTime now) const {
  const bool sounds = sound_at_ && now - *sound_at_ < kSoundGone;
  if (!sounds || now - *began_at_ < kSettled) return now;
  const SessionTime due = frame.pts + sound_lateness_.latest() - lead_;
  return due - now < kMaxHold ? due : now;
}

}  // namespace ingress::pipeline
