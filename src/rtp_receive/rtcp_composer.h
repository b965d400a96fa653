#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "rtp/rtcp.h"

namespace ingress::rtp_receive {

/// A datagram of RTCP is no larger, unless one packet of it is: SRTCP and a tunnel still fit.
inline constexpr std::size_t kMaxRtcpDatagram = 1'200;

struct RtcpSource {
  std::uint32_t ssrc = 0;
  std::string_view cname{};
  bool reduced_size = false;  // RFC 5506: feedback may leave without a report before it
};

/// Puts reports and feedback into datagrams. `report`: the blocks of a report that is due; empty:
/// none is. `feedback`: whole RTCP packets, in the order in which they are to leave.
std::vector<Bytes> ComposeRtcp(const RtcpSource& source,
                               const std::optional<std::vector<rtp::ReportBlock>>& report,
                               std::span<const Bytes> feedback);

}  // namespace ingress::rtp_receive
