#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "rtp/rtcp.h"

namespace ingress::rtp_receive {

/// Counts what arrives of one SSRC, for the report blocks about it (RFC 3550 §6.4.1, appendix A.3
/// and A.8). Sans-IO.
class ReceptionReport {
 public:
  /// `clock_rate`: of the RTP timestamps, per second.
  ReceptionReport(std::uint32_t ssrc, std::uint32_t clock_rate)
      : ssrc_(ssrc), clock_rate_(clock_rate) {}

  /// A packet has come, the first time or again. `sequence`: as SequenceTracker extends it.
  void OnPacket(std::int64_t sequence, std::uint32_t timestamp, TimePoint arrival);
  /// The sender began anew: counts from here.
  void OnRestart() { first_.reset(); }
  void OnSenderReport(rtp::NtpTime ntp, TimePoint arrival) {
    sender_report_ = SenderReportArrival{.ntp = ntp, .at = arrival};
  }

  /// Says whether there is anything to report on.
  bool any() const { return first_.has_value(); }
  /// The block for now. The fraction is that of the packets since the last one.
  rtp::ReportBlock Take(TimePoint now);

  /// Packets that were sent and did not come; those that came twice make up for others (RFC 3550).
  std::int64_t lost() const { return first_ ? expected() - received_ : 0; }
  std::chrono::microseconds jitter() const;

 private:
  struct SenderReportArrival {
    rtp::NtpTime ntp{};
    TimePoint at{};
  };

  std::int64_t expected() const { return highest_ - *first_ + 1; }
  void MeasureJitter(std::uint32_t timestamp, TimePoint arrival);

  std::uint32_t ssrc_;
  std::uint32_t clock_rate_;
  std::optional<std::int64_t> first_;
  std::int64_t highest_ = 0;
  std::int64_t received_ = 0;
  std::int64_t reported_expected_ = 0;
  std::int64_t reported_received_ = 0;
  double jitter_ = 0;  // timestamp units
  std::uint32_t timestamp_ = 0;
  TimePoint arrival_{};  // of the first packet with that timestamp
  std::optional<SenderReportArrival> sender_report_;
};

}  // namespace ingress::rtp_receive
