#include "rtp/twcc.h"

namespace ingress::rtp {
namespace {

using std::chrono::microseconds;

// The 24-bit reference time counts 64 ms.
constexpr microseconds kArrivalCycle{std::int64_t{64'000} << 24};

}  // namespace

std::uint16_t TransportFeedbackTracker::OnSent(std::size_t size, TimePoint now) {
  if (sent_.size() == kMaxSent) sent_.pop_front();
  sent_.push_back({.size = size, .sent_at = now});
  return next_++;
}

TransportFeedbackTracker::Sent* TransportFeedbackTracker::Find(std::uint16_t sequence) {
  const auto age = static_cast<std::uint16_t>(next_ - 1 - sequence);  // 0: the newest
  return age < sent_.size() ? &sent_[sent_.size() - 1 - age] : nullptr;
}

microseconds TransportFeedbackTracker::Unwrap(microseconds arrival) {
  if (last_arrival_) {
    microseconds step = (arrival - *last_arrival_) % kArrivalCycle;
    if (step > kArrivalCycle / 2) step -= kArrivalCycle;
    if (step < -kArrivalCycle / 2) step += kArrivalCycle;
    arrival = *last_arrival_ + step;
  }
  last_arrival_ = arrival;
  return arrival;
}

std::span<const PacketResult> TransportFeedbackTracker::OnFeedback(
    const TransportFeedback& feedback) {
  latest_.clear();
  for (const TransportPacketStatus& status : feedback.packets) {
    Sent* sent = Find(status.sequence);
    if (sent == nullptr || sent->reported) continue;
    sent->reported = true;
    PacketResult result{.size = sent->size, .sent_at = sent->sent_at};
    if (status.received) result.arrival = Unwrap(status.arrival);
    latest_.push_back(result);
  }
  return latest_;
}

}  // namespace ingress::rtp
