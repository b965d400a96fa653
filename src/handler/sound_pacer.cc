#include "handler/sound_pacer.h"

#include <algorithm>

namespace ingress::handler {

void SoundPacer::Push(const EncodedFrame& packet, int level_dbov, SessionTime now) {
  Note(now - packet.pts, now);
  Poll(now);
  const SessionTime due = Due(packet.pts, now);
  if (count_ == 0 && due <= now) {
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

void SoundPacer::Poll(SessionTime now) {
  while (count_ > 0 && (!holds_ || held_[first_].due <= now)) ReleaseFirst();
}

std::optional<SessionTime> SoundPacer::deadline() const {
  if (count_ == 0) return std::nullopt;
  return held_[first_].due;
}

void SoundPacer::Note(SessionTime lateness, SessionTime now) {
  if (now - window_began_ >= kWindow) {
    const bool adjacent = now - window_began_ < 2 * kWindow;
    before_ = adjacent ? bounds_ : Bounds{};
    bounds_ = {};
    window_began_ = now;
  }
  bounds_.earliest = std::min(bounds_.earliest, lateness);
  bounds_.latest = std::max(bounds_.latest, lateness);
}

SessionTime SoundPacer::Due(SessionTime pts, SessionTime now) const {
  if (!holds_) return now;
  const SessionTime earliest = std::min(bounds_.earliest, before_.earliest);
  const SessionTime latest = std::max(bounds_.latest, before_.latest);
  const SessionTime due = pts + std::min(latest, earliest + kRhythm) - kSpread;
  return std::min(due, now + kMaxHold);
}

void SoundPacer::ReleaseFirst() {
  const Held& held = held_[first_];
  first_ = (first_ + 1) % kMaxHeld;
  --count_;
  on_packet_(held.packet, held.level_dbov);
}

}  // namespace ingress::handler
