#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "rtp/packet.h"
#include "rtp_receive/receiver_config.h"

namespace ingress::rtp_receive {

/// Packets above this are refused. What a path of Ethernet carries is smaller.
inline constexpr std::size_t kMaxReceivedPacket = 4096;

/// Holds what a packet says of itself in the extensions that we asked for.
struct PacketExtensions {
  std::string_view mid{};  // 1 to 16 bytes; empty: it does not say
  std::string_view rid{};
  std::string_view repaired_rid{};
  std::optional<std::uint16_t> transport_seq{};
};

/// One RTP packet; the views point into the bytes that it was read from.
struct ReceivedPacket {
  rtp::RtpHeader header{};
  PacketExtensions extensions{};
  ByteView payload{};  // without padding; empty where there is nothing but that
};

/// Reads an RTP packet (RFC 3550 §5.1) with one-byte or two-byte extensions (RFC 8285 §4.2, §4.3).
/// CSRCs and extensions of other ids are skipped. An extension block that makes no sense costs its
/// extensions alone, as the payload's place is still known.
/// Errors: kMalformed for another version or lengths that do not fit, kLimitExceeded above
/// kMaxReceivedPacket.
Result<ReceivedPacket> ReadPacket(ByteView packet, const ReceivedExtensionIds& ids);

}  // namespace ingress::rtp_receive
