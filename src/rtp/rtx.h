#pragma once

#include <cstdint>

#include "rtp/packet.h"

namespace ingress::rtp {

/// Size of the original sequence number (OSN) in front of an RTX payload.
inline constexpr std::size_t kOsnSize = 2;

/// Writes into `out` the retransmission of `original` (RFC 4588 §4): the header given, then the
/// original sequence number, then the original payload. `header.timestamp` and `header.marker` are
/// taken from `original`.
void BuildRtx(const RtpPacket& original, RtpHeader header, const ExtensionIds& ids,
              const ExtensionValues& values, RtpPacket& out);

}  // namespace ingress::rtp
