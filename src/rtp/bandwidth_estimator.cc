#include "rtp/bandwidth_estimator.h"

#include <algorithm>

namespace ingress::rtp {
namespace {

using std::chrono::microseconds;
using namespace std::chrono_literals;

constexpr auto kLossWindow = 1s;
constexpr auto kRateWindow = 500ms;
constexpr auto kBasePeriod = 8s;
constexpr std::uint32_t kFewPackets = 20;  // too few to speak of loss
constexpr auto kFallSpacing = 400ms;       // time for a smaller rate to show
constexpr auto kFallShows = 200ms;         // in feedback, at the earliest
constexpr double kBackOff = 0.85;
constexpr double kGrowthPerSecond = 0.10;
constexpr double kFloor = 50'000;  // bits per second
constexpr int kMaxFallsInVain = 3;
constexpr double kBitsPerByte = 8;

}  // namespace

void BandwidthEstimator::OnFeedback(std::span<const PacketResult> results, TimePoint now) {
  Add(results, now);
  if (samples_.empty()) return;
  const microseconds queue = StandingQueue(now);
  const double loss = Loss();
  const double delivered = Delivered(now);
  if (queue > kQueueLimit && delivered > 0) {
    if (MayFall(queue, now)) Fall(kBackOff * delivered, queue, now);
  } else if (loss > kLossLimit && delivered > 0) {
    const double before =
        estimate_ ? std::min(*estimate_, delivered / (1 - loss)) : delivered / (1 - loss);
    if (now - fell_at_ >= kFallSpacing) Fall(before * (1 - loss / 2), queue, now);
  } else {
    Grow(now);
  }
}

void BandwidthEstimator::Add(std::span<const PacketResult> results, TimePoint now) {
  while (!samples_.empty() && now - samples_.front().reported_at > kLossWindow) {
    samples_.pop_front();
  }
  Sample sample{.reported_at = now};
  std::optional<microseconds> fastest;
  for (const PacketResult& result : results) {
    if (!result.arrival) {
      ++sample.lost;
      continue;
    }
    ++sample.received;
    sample.bytes += result.size;
    const auto sent = std::chrono::duration_cast<microseconds>(result.sent_at.time_since_epoch());
    fastest = std::min(fastest.value_or(microseconds::max()), *result.arrival - sent);
  }
  sample.fastest = fastest.value_or(microseconds::max());
  if (fastest) RememberFastest(*fastest, now);
  if (sample.received + sample.lost > 0) samples_.push_back(sample);
}

void BandwidthEstimator::RememberFastest(microseconds way, TimePoint now) {
  if (!base_ || now - period_start_ >= kBasePeriod) {
    last_base_ = base_;
    base_ = way;
    period_start_ = now;
  }
  base_ = std::min(*base_, way);
}

microseconds BandwidthEstimator::StandingQueue(TimePoint now) const {
  microseconds fastest = microseconds::max();
  for (std::size_t i = samples_.size(); i > 0; --i) {
    const Sample& sample = samples_[i - 1];
    if (now - sample.reported_at > kQueueWindow) break;
    fastest = std::min(fastest, sample.fastest);
  }
  if (fastest == microseconds::max() || !base_) return 0us;
  return fastest - std::min(*base_, last_base_.value_or(*base_));
}

/// Since the last fall, or change of streams. Zero when that is not known well, and around a moment
/// without a path.
double BandwidthEstimator::Loss() const {
  std::uint32_t received = 0;
  std::uint32_t lost = 0;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    const Sample& sample = samples_[i];
    if (sample.received == 0) return 0;
    if (sample.reported_at < std::max(fell_at_ + kFallShows, loss_counts_from_)) continue;
    received += sample.received;
    lost += sample.lost;
  }
  if (received + lost < kFewPackets) return 0;
  return static_cast<double>(lost) / static_cast<double>(received + lost);
}

/// Bits per second that arrived; zero when that is not known well.
double BandwidthEstimator::Delivered(TimePoint now) const {
  std::size_t bytes = 0;
  TimePoint oldest = now;
  for (std::size_t i = samples_.size(); i > 0; --i) {
    const Sample& sample = samples_[i - 1];
    oldest = sample.reported_at;  // what it reports arrived before that
    if (now - oldest >= kRateWindow) break;
    bytes += sample.bytes;
  }
  const double seconds = std::chrono::duration<double>(now - oldest).count();
  if (now - oldest < kRateWindow / 2) return 0;
  return static_cast<double>(bytes) * kBitsPerByte / seconds;
}

/// A queue that shrinks is left to do so. One that does not, however little is sent, is none of
/// ours, or the way became longer: then the fastest way is measured anew.
bool BandwidthEstimator::MayFall(microseconds queue, TimePoint now) {
  if (now - fell_at_ < kFallSpacing) return false;
  const bool in_vain = estimate_ && now - fell_at_ < 4 * kFallSpacing;
  if (!in_vain) {
    falls_in_vain_ = 0;
    return true;
  }
  if (queue < queue_at_fall_) {
    fell_at_ = now;
    queue_at_fall_ = queue;
    return false;
  }
  if (++falls_in_vain_ < kMaxFallsInVain) return true;
  base_.reset();
  last_base_.reset();
  falls_in_vain_ = 0;
  return false;
}

void BandwidthEstimator::Fall(double to, microseconds queue, TimePoint now) {
  estimate_ = std::max(kFloor, estimate_ ? std::min(*estimate_, to) : to);
  fell_at_ = now;
  queue_at_fall_ = queue;
  grown_at_ = now;
}

void BandwidthEstimator::Grow(TimePoint now) {
  if (!estimate_) return;
  if (now - fell_at_ >= kForget) {
    estimate_.reset();
    return;
  }
  const double seconds = std::chrono::duration<double>(now - grown_at_).count();
  grown_at_ = now;
  const double most = kHeadroom * Delivered(now);
  if (*estimate_ >= most) return;
  *estimate_ = std::min(most, *estimate_ * (1 + kGrowthPerSecond * std::min(seconds, 1.0)));
}

}  // namespace ingress::rtp
