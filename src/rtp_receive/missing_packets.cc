#include "rtp_receive/missing_packets.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace ingress::rtp_receive {

bool MissingPackets::Add(std::int64_t first, std::int64_t last, TimePoint now) {
  if (missing_.size() + static_cast<std::size_t>(last - first + 1) > kMax) {
    missing_.clear();
    return false;
  }
  for (std::int64_t sequence = first; sequence <= last; ++sequence) {
    missing_.push_back({.sequence = sequence, .since = now});
  }
  return true;
}

bool MissingPackets::OnArrived(std::int64_t sequence, TimePoint now) {
  const Missing* found = Find(sequence);
  if (found == nullptr) {
    OnGivenUpArrived(sequence, now);
    return false;
  }
  const Missing missing = *found;
  missing_.erase(missing_.begin() + (found - missing_.data()));
  if (missing.requests == 0) return false;  // overtaken, not lost
  Measure(missing, now);
  return true;
}

void MissingPackets::OnGivenUpArrived(std::int64_t sequence, TimePoint now) {
  const auto found = std::ranges::find(given_up_, sequence, &Missing::sequence);
  if (found == given_up_.end()) return;
  Measure(*found, now);
  given_up_.erase(found);
}

void MissingPackets::Measure(const Missing& missing, TimePoint now) {
  const TimePoint before = missing.requests > 1 ? missing.asked_before : missing.asked_at;
  repair_time_.OnRepaired(now - missing.asked_at, now - before);
}

void MissingPackets::GiveUpBefore(std::int64_t sequence) {
  const auto kept = std::ranges::lower_bound(missing_, sequence, {}, &Missing::sequence);
  std::copy_if(missing_.begin(), kept, std::back_inserter(given_up_),
               [](const Missing& missing) { return missing.requests > 0; });
  missing_.erase(missing_.begin(), kept);
  if (given_up_.size() <= kGivenUp) return;
  given_up_.erase(given_up_.begin(), given_up_.end() - static_cast<std::ptrdiff_t>(kGivenUp));
}

std::optional<TimePoint> MissingPackets::Since(std::int64_t sequence) const {
  const Missing* found = Find(sequence);
  return found == nullptr ? std::nullopt : std::optional(found->since);
}

const MissingPackets::Missing* MissingPackets::Find(std::int64_t sequence) const {
  const auto found = std::ranges::lower_bound(missing_, sequence, {}, &Missing::sequence);
  return found == missing_.end() || found->sequence != sequence ? nullptr : &*found;
}

TimePoint MissingPackets::DueAt(const Missing& missing) const {
  if (missing.requests == kMaxRequests) return TimePoint::max();
  if (missing.requests > 0) return missing.asked_at + repair_time_.repeat_after();
  return newest_ - missing.sequence >= kPassed ? missing.since : missing.since + kFirstRequest;
}

std::vector<rtp::SequenceNumber> MissingPackets::TakeDue(TimePoint now) {
  std::vector<rtp::SequenceNumber> due;
  if (!requests_ || now < not_before_) return due;
  for (Missing& missing : missing_) {
    if (now < DueAt(missing)) continue;
    missing.asked_before = missing.asked_at;
    missing.asked_at = now;
    ++missing.requests;
    due.push_back(static_cast<rtp::SequenceNumber>(missing.sequence));
  }
  if (!due.empty()) not_before_ = now + kTick;
  requested_ += due.size();
  return due;
}

TimePoint MissingPackets::deadline() const {
  if (!requests_) return TimePoint::max();
  TimePoint earliest = TimePoint::max();
  for (const Missing& missing : missing_) earliest = std::min(earliest, DueAt(missing));
  return earliest == TimePoint::max() ? earliest : std::max(earliest, not_before_);
}

}  // namespace ingress::rtp_receive
