#include "rtp_receive/sequence_tracker.h"

#include <algorithm>

namespace ingress::rtp_receive {

std::optional<SequenceTracker::Place> SequenceTracker::Next(rtp::SequenceNumber sequence) {
  if (!newest_) {
    newest_ = kCycle + sequence;
    return Place{.sequence = *newest_};
  }
  const auto step = static_cast<std::int16_t>(
      static_cast<rtp::SequenceNumber>(sequence - static_cast<rtp::SequenceNumber>(*newest_)));
  if (step <= kMaxForward && step >= -kMaxBackward) {
    expected_.reset();
    const std::int64_t placed = *newest_ + step;
    newest_ = std::max(*newest_, placed);
    return Place{.sequence = placed};
  }
  if (expected_ != sequence) {
    expected_ = static_cast<rtp::SequenceNumber>(sequence + 1);
    return std::nullopt;
  }
  expected_.reset();
  newest_ = (*newest_ / kCycle + 2) * kCycle + sequence;
  return Place{.sequence = *newest_, .restarted = true};
}

}  // namespace ingress::rtp_receive
