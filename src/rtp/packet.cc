#include "rtp/packet.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/byte_reader.h"
#include "base/check.h"

namespace ingress::rtp {
namespace {

constexpr std::uint8_t kVersion2 = 0x80;
constexpr std::uint8_t kPaddingBit = 0x20;
constexpr std::uint8_t kExtensionBit = 0x10;
constexpr std::uint8_t kMarkerBit = 0x80;
constexpr std::size_t kBlockHeaderSize = 4;  // profile, length in words
[[maybe_unused]] constexpr std::size_t kMaxElementSize = 16;
constexpr std::uint8_t kReservedId = 15;  // RFC 8285 §4.2: stop reading

std::size_t TextElementSize(std::uint8_t id, std::string_view text) {
  return id == 0 || text.empty() ? 0 : 1 + text.size();
}

std::size_t ElementsSize(const ExtensionIds& ids, const ExtensionValues& values) {
  return TextElementSize(ids.mid, values.mid) + TextElementSize(ids.rid, values.rid) +
         TextElementSize(ids.repaired_rid, values.repaired_rid) +
         (ids.audio_level != 0 && values.audio_level_dbov ? 2 : 0) +
         (ids.transport_seq != 0 && values.transport_seq ? 3 : 0);
}

constexpr std::size_t RoundUpToWords(std::size_t size) { return (size + 3) / 4 * 4; }

/// Writes at a cursor into memory that is known to be large enough.
class Cursor {
 public:
  explicit Cursor(std::uint8_t* at) : at_(at) {}

  void U8(unsigned value) { *at_++ = static_cast<std::uint8_t>(value); }
  void U16(unsigned value) {
    U8(value >> 8);
    U8(value);
  }
  void U32(std::uint32_t value) {
    U16(value >> 16);
    U16(value);
  }
  /// One element: id, length minus one, value.
  void Element(std::uint8_t id, ByteView value) {
    INGRESS_CHECK(id <= 14 && !value.empty() && value.size() <= kMaxElementSize);
    U8(static_cast<unsigned>(id << 4) | static_cast<unsigned>(value.size() - 1));
    at_ = std::ranges::copy(value, at_).out;
  }
  void Text(std::uint8_t id, std::string_view text) {
    if (TextElementSize(id, text) != 0) Element(id, AsBytes(text));
  }
  void ZeroUntil(const std::uint8_t* end) {
    while (at_ != end) U8(0);
  }
  std::uint8_t* at() const { return at_; }

 private:
  std::uint8_t* at_;
};

Result<void> ReadOneByteElements(ByteView block, std::vector<ParsedRtpPacket::Extension>& out) {
  ByteReader reader(block);
  while (reader.remaining() > 0) {
    const std::uint8_t head = reader.ReadU8();
    if (head == 0) continue;  // padding
    const std::uint8_t id = head >> 4;
    if (id == kReservedId) break;
    const ByteView value = reader.ReadBytes((head & 0x0fU) + 1);
    if (!reader.ok()) return Fail(ErrorCode::kMalformed, "rtp: extension element past its block");
    out.push_back({.id = id, .value = value});
  }
  return {};
}

}  // namespace

std::size_t ExtensionBlockSize(const ExtensionIds& ids, const ExtensionValues& values) {
  const std::size_t elements = ElementsSize(ids, values);
  return elements == 0 ? 0 : kBlockHeaderSize + RoundUpToWords(elements);
}

void RtpPacket::WriteHeader(const RtpHeader& header, const ExtensionIds& ids,
                            const ExtensionValues& values) {
  const std::size_t block = ExtensionBlockSize(ids, values);
  header_ = header;
  INGRESS_CHECK(kFixedHeaderSize + block <= kMaxPacketSize);
  header_size_ = kFixedHeaderSize + block;
  size_ = header_size_;
  transport_seq_offset_ = 0;

  Cursor cursor(buffer_.data());
  cursor.U8(kVersion2 | (block != 0 ? kExtensionBit : 0U));
  cursor.U8((header.marker ? kMarkerBit : 0U) | (header.payload_type & 0x7fU));
  cursor.U16(header.sequence);
  cursor.U32(header.timestamp);
  cursor.U32(header.ssrc);
  if (block == 0) return;

  cursor.U16(kOneByteProfile);
  cursor.U16(static_cast<unsigned>(block / 4 - 1));
  cursor.Text(ids.mid, values.mid);
  cursor.Text(ids.rid, values.rid);
  cursor.Text(ids.repaired_rid, values.repaired_rid);
  if (ids.audio_level != 0 && values.audio_level_dbov) {
    // RFC 6464 §3: the V bit stays clear, we run no voice detection.
    const std::uint8_t level[] = {
        static_cast<std::uint8_t>(std::clamp(*values.audio_level_dbov, 0, 127))};
    cursor.Element(ids.audio_level, level);
  }
  if (ids.transport_seq != 0 && values.transport_seq) {
    const std::uint8_t unset[] = {0, 0};
    cursor.Element(ids.transport_seq, unset);
    transport_seq_offset_ = static_cast<std::size_t>(cursor.at() - buffer_.data()) - 2;
  }
  cursor.ZeroUntil(buffer_.data() + header_size_);
}

std::span<std::uint8_t> RtpPacket::payload_space() {
  return std::span(buffer_).subspan(header_size_, kMaxPacketSize - header_size_);
}

void RtpPacket::SetPayloadSize(std::size_t size) {
  INGRESS_CHECK(header_size_ + size <= kMaxPacketSize);
  size_ = header_size_ + size;
}

bool RtpPacket::PatchTransportSequence(std::uint16_t sequence) {
  if (!has_transport_sequence()) return false;
  Cursor(buffer_.data() + transport_seq_offset_).U16(sequence);
  return true;
}

void PacketRecycler::operator()(RtpPacket* packet) const { pool->GiveBack(packet); }

PacketPool::~PacketPool() { INGRESS_CHECK(in_use_ == 0 && "a packet outlives its pool"); }

PacketPtr PacketPool::Take() {
  std::unique_ptr<RtpPacket> packet;
  if (spare_.empty()) {
    packet = std::make_unique_for_overwrite<RtpPacket>();
  } else {
    packet = std::move(spare_.back());
    spare_.pop_back();
  }
  ++in_use_;
  return PacketPtr(packet.release(), PacketRecycler{this});
}

void PacketPool::GiveBack(RtpPacket* packet) {
  std::unique_ptr<RtpPacket> owned(packet);
  --in_use_;
  if (spare_.size() < kMaxSpare) spare_.push_back(std::move(owned));
}

ByteView ParsedRtpPacket::extension(std::uint8_t id) const {
  const auto found = std::ranges::find(extensions, id, &Extension::id);
  return found == extensions.end() ? ByteView{} : found->value;
}

Result<RtpPacketParts> SplitRtpPacket(ByteView packet) {
  ByteReader reader(packet);
  const std::uint8_t first = reader.ReadU8();
  const std::uint8_t second = reader.ReadU8();
  RtpPacketParts parts;
  parts.header.payload_type = second & 0x7f;
  parts.header.marker = (second & kMarkerBit) != 0;
  parts.header.sequence = reader.ReadU16();
  parts.header.timestamp = reader.ReadU32();
  parts.header.ssrc = reader.ReadU32();
  reader.Skip(std::size_t{4} * (first & 0x0fU));  // CSRCs
  if (!reader.ok() || first >> 6 != 2) {
    return Fail(ErrorCode::kMalformed,
                "rtp: header of " + std::to_string(packet.size()) + " bytes");
  }

  if ((first & kExtensionBit) != 0) {
    parts.extension_profile = reader.ReadU16();
    parts.extension_block = reader.ReadBytes(std::size_t{4} * reader.ReadU16());
    if (!reader.ok()) return Fail(ErrorCode::kMalformed, "rtp: extension block past the packet");
  }

  parts.payload = reader.rest();
  if ((first & kPaddingBit) != 0) {
    const std::size_t padding = parts.payload.empty() ? 0 : parts.payload.back();
    if (padding == 0 || padding > parts.payload.size()) {
      return Fail(ErrorCode::kMalformed, "rtp: padding of " + std::to_string(padding) + " bytes");
    }
    parts.payload = parts.payload.first(parts.payload.size() - padding);
  }
  return parts;
}

Result<ParsedRtpPacket> ParseRtpPacket(ByteView packet) {
  const auto parts = SplitRtpPacket(packet);
  if (!parts) return std::unexpected(parts.error());
  ParsedRtpPacket parsed{.header = parts->header, .extensions = {}, .payload = parts->payload};
  if (parts->extension_profile == kOneByteProfile) {
    if (auto read = ReadOneByteElements(parts->extension_block, parsed.extensions); !read) {
      return std::unexpected(read.error());
    }
  }
  return parsed;
}

}  // namespace ingress::rtp
