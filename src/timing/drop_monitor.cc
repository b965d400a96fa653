#include "timing/drop_monitor.h"

#include <algorithm>
#include <cmath>

namespace ingress {
namespace {

std::uint64_t Lost(const DropMonitor::Counters& counters) {
  return counters.late + counters.damaged;
}

double Share(std::uint64_t part, std::uint64_t all) {
  return all == 0 ? 0 : std::min(1.0, static_cast<double>(part) / static_cast<double>(all));
}

/// What is damaged as a whole is no part of a track that works.
bool LosesAPart(const DropMonitor::Counters& sample) {
  return sample.late > 0 || (sample.damaged > 0 && sample.damaged < sample.messages);
}

}  // namespace

void DropMonitor::Poll(const Counters& counters, TimePoint now) {
  if (!sampled_at_) {
    sampled_at_ = now;
    counted_ = counters;
  }
  if (now - *sampled_at_ < kSample) return;
  sampled_at_ = now;
  samples_[next_++ % kSamples] = {.messages = counters.messages - counted_.messages,
                                  .late = counters.late - counted_.late,
                                  .damaged = counters.damaged - counted_.damaged};
  counted_ = counters;
  total_ = {};
  for (const Counters& sample : samples_) {
    total_.messages += sample.messages;
    total_.late += sample.late;
    total_.damaged += sample.damaged;
  }
  const double share = Share(Lost(total_), total_.messages);
  const auto lossy = std::ranges::count_if(samples_, LosesAPart);
  if (noticeable_) {
    noticeable_ = share >= kOver;
  } else {
    noticeable_ = share >= kNoticeable && lossy >= kLossySamples;
  }
}

std::optional<std::string> DropMonitor::Loss() const {
  if (!noticeable_) return std::nullopt;
  const auto percent = std::lround(100 * Share(Lost(total_), total_.messages));
  return std::to_string(percent) + " % of its messages " +
         (late() ? "come too late" : "are damaged");
}

}  // namespace ingress
