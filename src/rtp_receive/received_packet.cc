#include "rtp_receive/received_packet.h"

#include <string>

#include "base/big_endian.h"
#include "base/byte_reader.h"

namespace ingress::rtp_receive {
namespace {

constexpr std::uint8_t kPaddingBit = 0x20;
constexpr std::uint8_t kExtensionBit = 0x10;
constexpr std::uint8_t kMarkerBit = 0x80;
constexpr std::uint16_t kOneByteProfile = 0xbede;      // RFC 8285 §4.2
constexpr std::uint16_t kTwoByteProfile = 0x1000;      // §4.3, the upper 12 bits
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
  ByteReader reader(packet);
  const std::uint8_t first = reader.ReadU8();
  const std::uint8_t second = reader.ReadU8();
  ReceivedPacket read;
  read.header.payload_type = second & 0x7f;
  read.header.marker = (second & kMarkerBit) != 0;
  read.header.sequence = reader.ReadU16();
  read.header.timestamp = reader.ReadU32();
  read.header.ssrc = reader.ReadU32();
  reader.Skip(std::size_t{4} * (first & 0x0fU));  // CSRCs
  if (!reader.ok() || first >> 6 != 2) {
    return Fail(ErrorCode::kMalformed,
                "rtp: header of " + std::to_string(packet.size()) + " bytes");
  }

  if ((first & kExtensionBit) != 0) {
    const std::uint16_t profile = reader.ReadU16();
    const ByteView block = reader.ReadBytes(std::size_t{4} * reader.ReadU16());
    if (!reader.ok()) return Fail(ErrorCode::kMalformed, "rtp: extension block past the packet");
    if (profile == kOneByteProfile) {
      ReadOneByteElements(block, ids, read.extensions);
    } else if ((profile & kTwoByteProfileMask) == kTwoByteProfile) {
      ReadTwoByteElements(block, ids, read.extensions);
    }
  }

  read.payload = reader.rest();
  if ((first & kPaddingBit) != 0) {
    const std::size_t padding = read.payload.empty() ? 0 : read.payload.back();
    if (padding == 0 || padding > read.payload.size()) {
      return Fail(ErrorCode::kMalformed, "rtp: padding of " + std::to_string(padding) + " bytes");
    }
    read.payload = read.payload.first(read.payload.size() - padding);
  }
  return read;
}

}  // namespace ingress::rtp_receive
