#include "pipeline/pacing/audio_pacer.h"

#include <algorithm>

namespace ingress::pipeline {

using namespace std::chrono_literals;

void AudioPacer::Push(const EncodedFrame& packet, int level_dbov, SessionTime now) {
  lateness_.Note(now - packet.pts, now);
  OnTick(now);
  const SessionTime due = Due(packet.pts, now);
  if (count_ == 0 && Leaves(due, now)) {
    on_packet_(packet, level_dbov);
    return;
  }
  if (count_ == kMaxHeld) ReleaseFirst();
  Held& held = held_[(first_ + count_++) % kMaxHeld];
  held.packet.payload.assign(packet.payload.begin(), packet.payload.end());
  held.packet.pts = packet.pts;
  held.packet.duration = packet.duration;
  held.level_dbov = level_dbov;
  held.due = due;
}

void AudioPacer::OnTick(SessionTime now) {
  while (count_ > 0 && (!holds() || Leaves(held_[first_].due, now))) ReleaseFirst();
}

void AudioPacer::Poll(SessionTime now) {
  while (count_ > 0 && held_[first_].due + Patience() <= now) ReleaseFirst();
}

std::optional<SessionTime> AudioPacer::deadline() const {
  if (count_ == 0) return std::nullopt;
  return held_[first_].due + Patience();
}

SessionTime AudioPacer::Due(SessionTime pts, SessionTime now) const {
  if (!holds()) return now;
  const SessionTime latest = std::min(lateness_.latest(), lateness_.earliest() + kMaxFrameJitter);
  const SessionTime due = pts + latest - (batch_interval_ > 0ms ? 0ms : kSpread);
  return std::min(due, now + kMaxPacketHold);
}

void AudioPacer::ReleaseFirst() {
  const Held& held = held_[first_];
  first_ = (first_ + 1) % kMaxHeld;
  --count_;
  on_packet_(held.packet, held.level_dbov);
}

}  // namespace ingress::pipeline
