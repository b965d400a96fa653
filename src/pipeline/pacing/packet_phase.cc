#include "pipeline/pacing/packet_phase.h"

#include <algorithm>
#include <numbers>

namespace ingress::pipeline {

using namespace std::chrono_literals;
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
  const double whole = 2 * std::numbers::pi / std::chrono::duration<double>(beat_).count();
  waits_ += std::polar(1.0, std::chrono::duration<double>(Wait()).count() * whole);
  const bool first = moves_ == 0;
  if (!first && now - *since_ < Patience()) return {};
  // Waits just above zero and just below a beat are the same to a packet that only just is complete
  // or not, so their mean is that of directions.
  double mean = std::arg(waits_) / whole;
  if (mean < 0) mean += std::chrono::duration<double>(beat_).count();
  const auto waits = std::chrono::duration_cast<SessionTime>(std::chrono::duration<double>(mean));
  LookAnew(now);
  if (waits < (first ? kWorthMoving : kWorthMovingAgain)) return {};
  const auto by = std::chrono::floor<milliseconds>(waits - (first ? 0ms : kLeft)) / kStep * kStep;
  ++moves_;
  return by;
}

/// How long packets wait for a beat that finds them complete. At a beat all are equally late, but
/// for whole beats.
SessionTime PacketPhase::Wait() const {
  const SessionTime soonest = inputs_.earliest() + *takes_ + kMargin;
  const SessionTime waits = (packets_.earliest() - soonest) % beat_;
  return waits < waits.zero() ? waits + beat_ : waits;
}

SessionTime PacketPhase::Patience() const {
  SessionTime patience = kPatience;
  for (std::uint64_t i = 1; i < moves_ && patience < kMostPatience; ++i) patience *= 2;
  return std::min<SessionTime>(patience, kMostPatience);
}

void PacketPhase::LookAnew(SessionTime now) {
  since_ = now;
  waits_ = {};
  inputs_ = Lateness(kWindow);
  packets_ = Lateness(kWindow);
}

bool PacketPhase::settled(SessionTime now) const {
  return since_ && now - *since_ >= kWindow && inputs_.known() && packets_.known();
}

}  // namespace ingress::pipeline
