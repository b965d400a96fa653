#include "rtp/session.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace ingress::rtp {
namespace {

constexpr std::size_t kMaxPendingDlrr = 16;  // receivers whose reference time waits for an answer

void Earliest(std::optional<TimePoint>& earliest, std::optional<TimePoint> candidate) {
  if (candidate && (!earliest || *candidate < *earliest)) earliest = candidate;
}

}  // namespace

/// What one message does to the session.
struct RtpSession::MessageHandler {
  RtpSession& session;
  TimePoint now;
  RtcpEvents& events;

  void operator()(const ReportBlock& block) const {
    if (RtpSender* sender = session.FindSender(block.ssrc)) sender->OnReportBlock(block, now);
  }

  void operator()(const GenericNack& nack) const {
    RtpSender* sender = session.FindSender(nack.media_ssrc);
    if (sender != nullptr && sender->ssrc() == nack.media_ssrc) sender->OnNack(nack.lost, now);
  }

  void operator()(const PictureLoss& loss) const {
    RtpSender* sender = session.FindSender(loss.media_ssrc);
    if (sender == nullptr) return;
    sender->OnPictureLoss();
    RequestKeyFrame(*sender);
  }

  void operator()(const FullIntraRequest& request) const {
    RtpSender* sender = session.FindSender(request.media_ssrc);
    if (sender == nullptr || !sender->OnFullIntraRequest(request.command_sequence)) return;
    RequestKeyFrame(*sender);
  }

  void operator()(const TransportFeedback& feedback) const {
    const std::span<const PacketResult> results = session.tracker_.OnFeedback(feedback);
    if (!results.empty()) session.estimator_.OnFeedback(results, now);
  }

  void operator()(const ReceiverReferenceTime& time) const {
    auto& pending = session.pending_dlrr_;
    std::erase_if(pending, [&](const PendingDlrr& old) { return old.ssrc == time.sender_ssrc; });
    if (pending.size() == kMaxPendingDlrr) return;
    pending.push_back({.ssrc = time.sender_ssrc, .last_rr = time.ntp.middle(), .received_at = now});
  }

  void operator()(const MaxBitrate&) const {}    // transport-wide feedback says more
  void operator()(const Goodbye&) const {}       // the SFU's receivers come and go as they like
  void operator()(const SenderReport&) const {}  // we receive no media
  void operator()(const DlrrEntry&) const {}     // and send no reference time

  void RequestKeyFrame(const RtpSender& sender) const {
    auto& requests = events.key_frame_requests;
    if (std::ranges::find(requests, sender.ssrc()) == requests.end()) {
      requests.push_back(sender.ssrc());
    }
  }
};

RtpSession::RtpSession(Options options) : options_(std::move(options)), pacer_(options_.pacer) {}

RtpSender& RtpSession::AddSender(SenderOptions options) {
  return *senders_.emplace_back(
      std::make_unique<RtpSender>(std::move(options), options_.clock, pool_, pacer_));
}

void RtpSession::RemoveSender(std::uint32_t ssrc) {
  std::erase_if(senders_, [ssrc](const auto& sender) { return sender->ssrc() == ssrc; });
}

RtpSender* RtpSession::FindSender(std::uint32_t ssrc) {
  const auto found =
      std::ranges::find_if(senders_, [ssrc](const auto& sender) { return sender->owns(ssrc); });
  return found == senders_.end() ? nullptr : found->get();
}

Result<RtpSession::RtcpEvents> RtpSession::ReceiveRtcp(ByteView datagram, TimePoint now) {
  const auto messages = ParseRtcp(datagram);
  if (!messages) return std::unexpected(messages.error());
  RtcpEvents events;
  const MessageHandler handler{.session = *this, .now = now, .events = events};
  for (const RtcpMessage& message : *messages) std::visit(handler, message);
  return events;
}

void RtpSession::Poll(TimePoint now, PacketSink& sink) {
  while (std::optional<Pacer::Due> due = pacer_.Poll(now)) {
    RtpPacket& packet = *due->packet;
    if (packet.has_transport_sequence()) {
      packet.PatchTransportSequence(tracker_.OnSent(packet.bytes().size(), now));
    }
    sink.SendRtp(packet.bytes());
    if (due->priority == PacketPriority::kRetransmission) continue;
    if (RtpSender* sender = FindSender(packet.header().ssrc)) {
      sender->OnSent(std::move(due->packet), now);
    }
  }
  SendReports(now, sink);
  SendDlrr(now, sink);
  sink.Flush();
}

void RtpSession::SendReports(TimePoint now, PacketSink& sink) {
  for (const auto& sender : senders_) {
    const auto due = sender->NextReport();
    if (!due || *due > now) continue;
    rtcp_.clear();
    AppendSenderReport(rtcp_, sender->TakeReport(now), options_.cname);
    sink.SendRtcp(rtcp_);
  }
}

void RtpSession::SendDlrr(TimePoint now, PacketSink& sink) {
  if (pending_dlrr_.empty()) return;
  std::vector<DlrrEntry> entries;
  for (const PendingDlrr& pending : std::exchange(pending_dlrr_, {})) {
    entries.push_back({.ssrc = pending.ssrc,
                       .last_rr = pending.last_rr,
                       .delay = ToCompactNtp(now - pending.received_at)});
  }
  if (senders_.empty()) return;
  rtcp_.clear();
  AppendDlrr(rtcp_, senders_.front()->ssrc(), entries);
  sink.SendRtcp(rtcp_);
}

std::optional<TimePoint> RtpSession::NextDeadline() const {
  std::optional<TimePoint> earliest = pacer_.NextDeadline();
  for (const auto& sender : senders_) Earliest(earliest, sender->NextReport());
  if (!pending_dlrr_.empty()) Earliest(earliest, pending_dlrr_.front().received_at);
  return earliest;
}

void RtpSession::OnTransportRestart() {
  for (const auto& sender : senders_) sender->ResetIdentification();
}

}  // namespace ingress::rtp
