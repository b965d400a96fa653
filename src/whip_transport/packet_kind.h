#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace ingress::whip_transport {

/// Names what shares one port (RFC 7983 §7, RFC 5761 §4).
enum class PacketKind : std::uint8_t { kUnknown, kStun, kDtls, kRtp, kRtcp };

constexpr PacketKind KindOf(ByteView packet) {
  if (packet.size() < 2) return PacketKind::kUnknown;
  const std::uint8_t first = packet[0];
  if (first <= 3) return PacketKind::kStun;
  if (first >= 20 && first <= 63) return PacketKind::kDtls;
  if (first < 128 || first > 191) return PacketKind::kUnknown;
  return packet[1] >= 192 && packet[1] <= 223 ? PacketKind::kRtcp : PacketKind::kRtp;
}

}  // namespace ingress::whip_transport
