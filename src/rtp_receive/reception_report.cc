#include "rtp_receive/reception_report.h"

#include <algorithm>
#include <cmath>

namespace ingress::rtp_receive {
namespace {

constexpr std::int64_t kCycle = std::int64_t{1} << 16;
constexpr std::int64_t kMaxLost = 0x7fffff;  // 24 bits, signed
constexpr std::int64_t kLeastLost = -0x800000;
constexpr double kSmoothing = 16;  // RFC 3550 §6.4.1

}  // namespace

void ReceptionReport::OnPacket(std::int64_t sequence, std::uint32_t timestamp, TimePoint arrival) {
  if (!first_) {
    first_ = highest_ = sequence;
    received_ = reported_expected_ = reported_received_ = 0;
    jitter_ = 0;
    timestamp_ = timestamp;
    arrival_ = arrival;
  }
  ++received_;
  if (sequence < *first_) first_ = sequence;
  if (sequence <= highest_) return;
  highest_ = sequence;
  // Packets of one picture are spread out on purpose.
  if (timestamp != timestamp_) MeasureJitter(timestamp, arrival);
}

void ReceptionReport::MeasureJitter(std::uint32_t timestamp, TimePoint arrival) {
  const double passed = std::chrono::duration<double>(arrival - arrival_).count();
  const auto stamped = static_cast<std::int32_t>(timestamp - timestamp_);
  const double difference = std::abs(passed * clock_rate_ - stamped);
  timestamp_ = timestamp;
  arrival_ = arrival;
  // A pause, or a clock that was set: no jitter of the network's.
  if (difference > clock_rate_) return;
  jitter_ += (difference - jitter_) / kSmoothing;
}

rtp::ReportBlock ReceptionReport::Take(TimePoint now) {
  const std::int64_t expected_since = expected() - reported_expected_;
  const std::int64_t lost_since = expected_since - (received_ - reported_received_);
  reported_expected_ = expected();
  reported_received_ = received_;
  rtp::ReportBlock block{.ssrc = ssrc_};
  if (expected_since > 0 && lost_since > 0) {
    block.fraction_lost =
        static_cast<std::uint8_t>(std::min<std::int64_t>(lost_since * 256 / expected_since, 255));
  }
  block.cumulative_lost = static_cast<std::int32_t>(std::clamp(lost(), kLeastLost, kMaxLost));
  // The cycles count from the first packet's (appendix A.1).
  block.highest_sequence = static_cast<std::uint32_t>(highest_ - *first_ / kCycle * kCycle);
  block.jitter = static_cast<std::uint32_t>(jitter_);
  if (sender_report_) {
    block.last_sr = sender_report_->ntp.middle();
    block.delay_since_last_sr = rtp::ToCompactNtp(now - sender_report_->at);
  }
  return block;
}

std::chrono::microseconds ReceptionReport::jitter() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::duration<double>(jitter_ / clock_rate_));
}

}  // namespace ingress::rtp_receive
