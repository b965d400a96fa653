#include "rtp/twcc.h"

#include <algorithm>

namespace ingress::rtp {
namespace {

using std::chrono::microseconds;

// The 24-bit reference time counts 64 ms.
constexpr microseconds kArrivalCycle{std::int64_t{64'000} << 24};
constexpr double kBitsPerByte = 8;
constexpr double kMicrosPerSecond = 1e6;

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

std::optional<PathEstimate> TransportFeedbackTracker::OnFeedback(const TransportFeedback& feedback,
                                                                 TimePoint now) {
  while (!arrivals_.empty() &&
         (now - arrivals_.front().reported_at > kWindow || arrivals_.size() >= kMaxSent)) {
    arrivals_.pop_front();
  }
  latest_.clear();
  for (const TransportPacketStatus& status : feedback.packets) {
    Sent* sent = Find(status.sequence);
    if (sent == nullptr || sent->reported) continue;
    sent->reported = true;
    Arrival arrival{.sent_at = sent->sent_at, .reported_at = now};
    if (status.received) {
      arrival.size = sent->size;
      arrival.arrival = Unwrap(status.arrival);
    }
    arrivals_.push_back(arrival);
    latest_.push_back({.size = sent->size,
                       .sent_at = sent->sent_at,
                       .arrival = status.received ? std::optional(arrival.arrival) : std::nullopt});
  }
  if (latest_.empty()) return std::nullopt;
  return Summarize(arrivals_.size() - latest_.size());
}

std::optional<PathEstimate> TransportFeedbackTracker::estimate() const {
  if (arrivals_.empty()) return std::nullopt;
  return Summarize(0);
}

/// Over arrivals_[from] and all later ones.
PathEstimate TransportFeedbackTracker::Summarize(std::size_t from) const {
  PathEstimate path;
  const Arrival* first = nullptr;
  const Arrival* last = nullptr;
  std::size_t bytes = 0;  // after the first: those the span of time carried
  for (std::size_t i = from; i < arrivals_.size(); ++i) {
    const Arrival& arrival = arrivals_[i];
    if (arrival.size == 0) {
      ++path.lost;
      continue;
    }
    ++path.received;
    if (first == nullptr) {
      first = &arrival;
    } else {
      bytes += arrival.size;
    }
    if (last == nullptr || arrival.arrival >= last->arrival) last = &arrival;
  }
  path.loss = static_cast<double>(path.lost) / static_cast<double>(path.lost + path.received);
  if (first == nullptr || last->arrival <= first->arrival) return path;

  const microseconds span = last->arrival - first->arrival;
  path.delivered_bps =
      static_cast<std::uint64_t>(static_cast<double>(bytes) * kBitsPerByte * kMicrosPerSecond /
                                 static_cast<double>(span.count()));
  path.delay_growth =
      span - std::chrono::duration_cast<microseconds>(last->sent_at - first->sent_at);
  return path;
}

}  // namespace ingress::rtp
