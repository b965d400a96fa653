#include "rtp_receive/receiver.h"

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

#include "rtp/receiver_rtcp.h"
#include "rtp/rtcp.h"
#include "rtp_receive/received_packet.h"
#include "rtp_receive/rtcp_composer.h"

namespace ingress::rtp_receive {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxNackNumbers = 250;  // in one packet: 1 KB when each needs its own entry
constexpr auto kLongestRoundTrip = 30s;       // more is an answer to something else

}  // namespace

Receiver::Receiver(ReceiverConfig config, TimePoint now)
    : config_(std::move(config)),
      begin_(now),
      streams_(config_, now),
      // A datagram may have come a moment before.
      transport_feedback_(now - 1s) {}

void Receiver::OnRtp(ByteView datagram, TimePoint arrival) {
  const auto packet = ReadPacket(datagram, config_.extensions);
  if (!packet) {
    ++malformed_;
    return;
  }
  if (packet->extensions.transport_seq && estimates_by_feedback()) {
    transport_feedback_.OnPacket(*packet->extensions.transport_seq, arrival);
  }
  if (!streams_.OnPacket(*packet, arrival)) {
    ++unidentified_;
    return;
  }
  newest_ssrc_ = packet->header.ssrc;
  if (!report_at_) report_at_ = arrival + kFirstReport;
}

bool Receiver::estimates_by_feedback() const {
  return std::ranges::any_of(config_.tracks,
                             [](const TrackConfig& track) { return track.feedback.transport_cc; });
}

void Receiver::OnRtcp(ByteView datagram, TimePoint arrival) {
  const auto messages = rtp::ParseRtcp(datagram);
  if (!messages) {
    ++malformed_;
    return;
  }
  for (const rtp::RtcpMessage& message : *messages) {
    if (const auto* report = std::get_if<rtp::SenderReport>(&message)) {
      streams_.OnSenderReport(*report, arrival);
    } else if (const auto* entry = std::get_if<rtp::DlrrEntry>(&message)) {
      OnDlrr(*entry, arrival);
    }
  }
}

/// RFC 3611 §4.5: when our reference time left, and for how long the sender kept it.
void Receiver::OnDlrr(const rtp::DlrrEntry& entry, TimePoint arrival) {
  if (entry.ssrc != config_.local_ssrc || entry.last_rr == 0) return;
  const std::uint32_t passed = ReferenceTime(arrival).middle() - entry.last_rr - entry.delay;
  const auto round_trip = rtp::FromCompactNtp(passed);
  if (round_trip > kLongestRoundTrip) return;
  round_trip_ = std::chrono::duration_cast<std::chrono::microseconds>(round_trip);
}

/// Any clock does, as only we read it again.
rtp::NtpTime Receiver::ReferenceTime(TimePoint now) const {
  return rtp::ToNtp(WallTime(std::chrono::duration_cast<WallTime::duration>(now - begin_)));
}

Receiver::Output Receiver::Poll(TimePoint now) {
  Output output;
  streams_.TakeUnits(now, output.units);
  std::vector<Bytes> feedback;
  std::optional<std::vector<rtp::ReportBlock>> report;
  if (report_at_ && now >= *report_at_) {
    report = TakeReport(now);
    ++feedback_.reports;
    report_at_ = now + kReportInterval;
    AddMaxBitrate(feedback);
    if (config_.reference_times) {
      rtp::AppendReferenceTime(feedback.emplace_back(),
                               {.sender_ssrc = config_.local_ssrc, .ntp = ReferenceTime(now)});
    }
  }
  AddFeedback(now, feedback);
  output.rtcp = ComposeRtcp({.ssrc = config_.local_ssrc,
                             .cname = config_.cname,
                             .reduced_size = config_.reduced_size_rtcp},
                            report, feedback);
  return output;
}

std::vector<rtp::ReportBlock> Receiver::TakeReport(TimePoint now) {
  std::vector<rtp::ReportBlock> blocks;
  streams_.ForEach([&](MediaStream& stream, std::uint32_t, const TrackConfig&) {
    ReceptionReport& report = stream.packets().report();
    if (report.any() && blocks.size() < rtp::kMaxReportBlocks) blocks.push_back(report.Take(now));
  });
  return blocks;
}

void Receiver::AddFeedback(TimePoint now, std::vector<Bytes>& feedback) {
  streams_.ForEach([&](MediaStream& stream, std::uint32_t ssrc, const TrackConfig& track) {
    AddRequests(stream, ssrc, track, now, feedback);
  });
  AddTransportFeedback(now, feedback);
}

void Receiver::AddRequests(MediaStream& stream, std::uint32_t ssrc, const TrackConfig& track,
                           TimePoint now, std::vector<Bytes>& feedback) {
  const auto lost = stream.packets().TakeRequests(now);
  for (std::span rest(lost); !rest.empty();) {
    const auto part = rest.first(std::min(rest.size(), kMaxNackNumbers));
    rtp::AppendGenericNack(feedback.emplace_back(), {.sender_ssrc = config_.local_ssrc,
                                                     .media_ssrc = ssrc,
                                                     .lost = {part.begin(), part.end()}});
    ++feedback_.nacks;
    rest = rest.subspan(part.size());
  }
  if (!stream.TakeKeyFrameRequest(now)) return;
  if (track.feedback.pli) {
    ++feedback_.picture_losses;
    rtp::AppendPictureLoss(feedback.emplace_back(),
                           {.sender_ssrc = config_.local_ssrc, .media_ssrc = ssrc});
  } else {
    ++feedback_.full_intra;
    rtp::AppendFullIntra(feedback.emplace_back(), {.sender_ssrc = config_.local_ssrc,
                                                   .media_ssrc = ssrc,
                                                   .command_sequence = full_intra_requests_++});
  }
}

void Receiver::AddTransportFeedback(TimePoint now, std::vector<Bytes>& feedback) {
  for (rtp::TransportFeedback& told : transport_feedback_.Take(now)) {
    told.sender_ssrc = config_.local_ssrc;
    told.media_ssrc = newest_ssrc_;
    rtp::AppendTransportFeedback(feedback.emplace_back(), told);
    ++feedback_.transport_feedback;
  }
}

/// A sender that knows nothing better keeps to it, and raises its bitrate up to it.
void Receiver::AddMaxBitrate(std::vector<Bytes>& feedback) {
  if (config_.max_bitrate == 0 || estimates_by_feedback()) return;
  rtp::MaxBitrate remb{.sender_ssrc = config_.local_ssrc, .bitrate = config_.max_bitrate};
  streams_.ForEach([&](MediaStream&, std::uint32_t ssrc, const TrackConfig& track) {
    if (track.feedback.remb) remb.ssrcs.push_back(ssrc);
  });
  if (remb.ssrcs.empty()) return;
  rtp::AppendMaxBitrate(feedback.emplace_back(), remb);
  ++feedback_.max_bitrates;
}

TimePoint Receiver::deadline() const {
  return std::min(
      {streams_.deadline(), transport_feedback_.deadline(), report_at_.value_or(TimePoint::max())});
}

ReceiverStats Receiver::stats() const {
  return {.streams = streams_.stats(),
          .totals = streams_.totals(),
          .feedback = feedback_,
          .malformed = malformed_,
          .unidentified = unidentified_,
          .round_trip = round_trip_,
          .unresponsive = unresponsive()};
}

}  // namespace ingress::rtp_receive
