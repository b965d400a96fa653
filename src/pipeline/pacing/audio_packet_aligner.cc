#include "pipeline/pacing/audio_packet_aligner.h"

#include <algorithm>
#include <numbers>

namespace ingress::pipeline {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

void AudioPacketAligner::SetBatchInterval(milliseconds batch_interval, SessionTime now) {
  if (!since_) since_ = now;
  if (batch_interval == batch_interval_) return;
  if (batch_interval_ == batch_interval_.zero() && settled(now))
    takes_ = packets_.latest() - inputs_.earliest();
  batch_interval_ = batch_interval;
  LookAnew(now);
}

milliseconds AudioPacketAligner::Move(SessionTime now) {
  if (batch_interval_ == batch_interval_.zero() || batch_interval_ > kPacket || !takes_ ||
      !settled(now))
    return {};
  const double whole =
      2 * std::numbers::pi / std::chrono::duration<double>(batch_interval_).count();
  waits_ += std::polar(1.0, std::chrono::duration<double>(Wait()).count() * whole);
  const bool first = moves_ == 0;
  if (!first && now - *since_ < MoveInterval()) return {};
  // Waits just above zero and just below an interval are alike, as a packet that just misses a
  // batch waits for the next. So their mean is the mean of directions on a circle.
  double mean = std::arg(waits_) / whole;
  if (mean < 0) mean += std::chrono::duration<double>(batch_interval_).count();
  const auto waits = std::chrono::duration_cast<SessionTime>(std::chrono::duration<double>(mean));
  LookAnew(now);
  if (waits < (first ? kWorthMoving : kWorthMovingAgain)) return {};
  const auto by = std::chrono::floor<milliseconds>(waits - (first ? 0ms : kRemainingWait)) /
                  kMoveStep * kMoveStep;
  ++moves_;
  return by;
}

/// How long packets wait for a batch that finds them complete. All packets are equally late, apart
/// from whole intervals.
SessionTime AudioPacketAligner::Wait() const {
  const SessionTime soonest = inputs_.earliest() + *takes_ + kReadyMargin;
  const SessionTime waits = (packets_.earliest() - soonest) % batch_interval_;
  return waits < waits.zero() ? waits + batch_interval_ : waits;
}

SessionTime AudioPacketAligner::MoveInterval() const {
  SessionTime interval = kMoveInterval;
  for (std::uint64_t i = 1; i < moves_ && interval < kLongestMoveInterval; ++i) interval *= 2;
  return std::min<SessionTime>(interval, kLongestMoveInterval);
}

void AudioPacketAligner::LookAnew(SessionTime now) {
  since_ = now;
  waits_ = {};
  inputs_ = Lateness(kLatenessWindow);
  packets_ = Lateness(kLatenessWindow);
}

bool AudioPacketAligner::settled(SessionTime now) const {
  return since_ && now - *since_ >= kLatenessWindow && inputs_.known() && packets_.known();
}

}  // namespace ingress::pipeline
