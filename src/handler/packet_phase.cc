#include "handler/packet_phase.h"

namespace ingress::handler {

using std::chrono::milliseconds;

void PacketPhase::SetBeat(milliseconds beat, SessionTime now) {
  if (!since_) since_ = now;
  if (beat == beat_) return;
  if (beat_ == beat_.zero() && settled(now)) takes_ = packets_.latest() - inputs_.earliest();
  beat_ = beat;
  LookAnew(now);
}

milliseconds PacketPhase::Move(SessionTime now) {
  if (beat_ == beat_.zero() || beat_ > kPacket || !takes_ || !settled(now)) return {};
  // At a beat all packets are equally late, but for whole beats.
  const SessionTime soonest = inputs_.earliest() + *takes_ + kMargin;
  SessionTime waits = (packets_.earliest() - soonest) % beat_;
  if (waits < waits.zero()) waits += beat_;
  if (waits < kWorthMoving) return {};
  LookAnew(now);
  return std::chrono::floor<milliseconds>(waits) / kStep * kStep;
}

void PacketPhase::LookAnew(SessionTime now) {
  since_ = now;
  inputs_ = Lateness(kWindow);
  packets_ = Lateness(kWindow);
}

bool PacketPhase::settled(SessionTime now) const {
  return since_ && now - *since_ >= kWindow && inputs_.known() && packets_.known();
}

}  // namespace ingress::handler
