#include "rtp_receive/transport_feedback_collector.h"

#include <algorithm>

#include "rtp/receiver_rtcp.h"

namespace ingress::rtp_receive {

void TransportFeedbackCollector::OnPacket(std::uint16_t sequence, TimePoint arrival) {
  const std::int64_t extended = unwrapper_.Unwrap(sequence);
  Forget(arrival);
  const bool far =
      next_ && std::abs(extended - *next_) > kMaxGap + static_cast<std::int64_t>(untold_);
  if (!next_ || far) {
    arrivals_.clear();
    untold_ = 0;
    next_ = extended;
    if (!far) told_at_ = arrival;
  }
  // Too late: it would be told with what is forgotten.
  if (extended < *next_ && (arrivals_.empty() || extended < arrivals_.begin()->first)) return;
  if (!arrivals_.emplace(extended, arrival).second) return;
  ++untold_;
  next_ = std::min(*next_, extended);
}

/// Forgets what was told long ago.
void TransportFeedbackCollector::Forget(TimePoint arrival) {
  while (!arrivals_.empty() && arrivals_.begin()->first < *next_ &&
         arrivals_.begin()->second + kHistory < arrival) {
    arrivals_.erase(arrivals_.begin());
  }
}

std::vector<rtp::TransportFeedback> TransportFeedbackCollector::Take(TimePoint now) {
  std::vector<rtp::TransportFeedback> feedbacks;
  if (now < deadline()) return feedbacks;
  while (arrivals_.lower_bound(*next_) != arrivals_.end()) feedbacks.push_back(TakeOne());
  untold_ = 0;
  told_at_ = now;
  return feedbacks;
}

rtp::TransportFeedback TransportFeedbackCollector::TakeOne() {
  rtp::TransportFeedback feedback{.count = count_++};
  auto arrived = arrivals_.lower_bound(*next_);
  if (arrived->first - *next_ >= kMax) next_ = arrived->first;
  const std::int64_t first = *next_;
  std::optional<TimePoint> last;
  for (; arrived != arrivals_.end() && arrived->first - first < kMax; ++arrived) {
    const auto [sequence, arrival] = *arrived;
    if (last && std::chrono::abs(arrival - *last) > rtp::kMaxFeedbackStep) break;
    last = arrival;
    for (; *next_ < sequence; ++*next_) {
      feedback.packets.push_back({.sequence = static_cast<std::uint16_t>(*next_)});
    }
    feedback.packets.push_back(
        {.sequence = static_cast<std::uint16_t>(sequence),
         .received = true,
         .arrival = std::chrono::duration_cast<std::chrono::microseconds>(arrival - begin_)});
    ++*next_;
  }
  return feedback;
}

TimePoint TransportFeedbackCollector::deadline() const {
  if (untold_ == 0) return TimePoint::max();
  return told_at_ + (untold_ >= kMany ? kHasty : kInterval);
}

}  // namespace ingress::rtp_receive
