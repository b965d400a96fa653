#include "rtp_receive/rtcp_composer.h"

#include <utility>

#include "rtp/receiver_rtcp.h"

namespace ingress::rtp_receive {

std::vector<Bytes> ComposeRtcp(const RtcpSource& source,
                               const std::optional<std::vector<rtp::ReportBlock>>& report,
                               std::span<const Bytes> feedback) {
  std::vector<Bytes> datagrams;
  // RFC 3550 §6.1: a compound packet begins with a report, be it without a block.
  const auto begin = [&](std::span<const rtp::ReportBlock> blocks, bool reports) {
    Bytes& datagram = datagrams.emplace_back();
    if (reports) rtp::AppendReceiverReport(datagram, source.ssrc, blocks, source.cname);
  };
  if (report) begin(*report, true);
  // Feedback stands alone where it may: FFmpeg reads the first packet of a datagram only.
  bool apart = report && source.reduced_size;
  for (const Bytes& packet : feedback) {
    if (datagrams.empty() || std::exchange(apart, false) ||
        datagrams.back().size() + packet.size() > kMaxRtcpDatagram) {
      begin({}, !source.reduced_size);
    }
    datagrams.back().insert(datagrams.back().end(), packet.begin(), packet.end());
  }
  return datagrams;
}

}  // namespace ingress::rtp_receive
