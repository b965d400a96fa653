#include "rtp_receive/received_packet.h"

#include <string>

#include "base/big_endian.h"
#include "base/byte_reader.h"

namespace ingress::rtp_receive {
namespace {

constexpr std::uint16_t kTwoByteProfile = 0x1000;      // RFC 8285 §4.3, the upper 12 bits
constexpr std::uint16_t kTwoByteProfileMask = 0xfff0;  // the lower four are the application's
constexpr std::uint8_t kStopId = 15;                   // §4.2
constexpr std::size_t kMaxTokenSize = 16;              // of mid and rid, RFC 8843 §15, RFC 8852 §3

/// A mid or rid; empty when it is too long to be one of the description.
std::string_view Token(ByteView value) {
  return value.size() <= kMaxTokenSize ? AsText(value) : std::string_view{};
}

void Take(std::uint8_t id, ByteView value, const ReceivedExtensionIds& ids, PacketExtensions& out) {
  if (id == ids.mid) {
    out.mid = Token(value);
  } else if (id == ids.rid) {
    out.rid = Token(value);
  } else if (id == ids.repaired_rid) {
    out.repaired_rid = Token(value);
  } else if (id == ids.transport_seq && value.size() >= 2) {
    out.transport_seq = LoadBigEndian<std::uint16_t>(value);
  }
}

void ReadOneByteElements(ByteView block, const ReceivedExtensionIds& ids, PacketExtensions& out) {
  ByteReader reader(block);
  while (reader.remaining() > 0) {
    const std::uint8_t head = reader.ReadU8();
    if (head == 0) continue;  // padding
    const std::uint8_t id = head >> 4;
    if (id == 0 || id == kStopId) return;
    const ByteView value = reader.ReadBytes((head & 0x0fU) + 1);
    if (!reader.ok()) return;
    Take(id, value, ids, out);
  }
}

void ReadTwoByteElements(ByteView block, const ReceivedExtensionIds& ids, PacketExtensions& out) {
  ByteReader reader(block);
  while (reader.remaining() > 0) {
    const std::uint8_t id = reader.ReadU8();
    if (id == 0) continue;  // padding
    const ByteView value = reader.ReadBytes(reader.ReadU8());
    if (!reader.ok()) return;
    Take(id, value, ids, out);
  }
}

}  // namespace

Result<ReceivedPacket> ReadPacket(ByteView packet, const ReceivedExtensionIds& ids) {
  if (packet.size() > kMaxReceivedPacket) {
    return Fail(ErrorCode::kLimitExceeded,
                "rtp: packet of " + std::to_string(packet.size()) + " bytes");
  }
  const auto parts = rtp::SplitRtpPacket(packet);
  if (!parts) return std::unexpected(parts.error());
  ReceivedPacket read;
  read.header = parts->header;
  read.payload = parts->payload;
  if (parts->extension_profile == rtp::kOneByteProfile) {
    ReadOneByteElements(parts->extension_block, ids, read.extensions);
  } else if ((parts->extension_profile & kTwoByteProfileMask) == kTwoByteProfile) {
    ReadTwoByteElements(parts->extension_block, ids, read.extensions);
  }
  return read;
}

}  // namespace ingress::rtp_receive
