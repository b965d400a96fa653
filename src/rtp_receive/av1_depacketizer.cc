#include "rtp_receive/av1_depacketizer.h"

#include <string>
#include <utility>

#include "base/byte_reader.h"
#include "codec/av1.h"

namespace ingress::rtp_receive {
namespace {

// The aggregation header (§4.4).
constexpr std::uint8_t kContinuesBit = 0x80;    // Z: the first element began in the payload before
constexpr std::uint8_t kGoesOnBit = 0x40;       // Y: the last one goes on in the next payload
constexpr std::uint8_t kNewSequenceBit = 0x08;  // N: a coded video sequence begins
constexpr std::uint8_t kHasSize = 0x02;         // of an OBU header, AV1 specification §5.3.2
constexpr std::uint8_t kHasExtension = 0x04;

constexpr std::uint8_t kTileList = 8;

codec::ObuType TypeOf(std::uint8_t header) {
  return static_cast<codec::ObuType>(header >> 3 & 0xf);
}

/// leb128(), §4.10.5, of a size; empty: it is cut off or too large.
std::optional<std::size_t> ReadLeb128(ByteReader& reader) {
  constexpr int kMaxBytes = 4;  // 28 bits: more than a packet
  std::size_t value = 0;
  for (int i = 0; i < kMaxBytes; ++i) {
    const std::uint8_t byte = reader.ReadU8();
    value |= static_cast<std::size_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) == 0) return reader.ok() ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

void AppendLeb128(std::size_t value, Bytes& out) {
  for (; value > 0x7f; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

std::unexpected<Error> Malformed(std::string_view what, ByteView payload) {
  return Fail(ErrorCode::kMalformed,
              "rtp: AV1 " + std::string(what) + " of " + std::to_string(payload.size()) + " bytes");
}

}  // namespace

/// Only where a sequence begins: other frames refer to those before them, of which one is lost.
bool Av1Depacketizer::BeginsFrame(ByteView payload) const {
  return payload.size() > 1 && (payload[0] & kContinuesBit) == 0 &&
         (payload[0] & kNewSequenceBit) != 0;
}

void Av1Depacketizer::Begin() { *this = Av1Depacketizer(); }

Result<void> Av1Depacketizer::Add(ByteView payload, Bytes& frame) {
  const std::uint8_t head = payload[0];
  const int count = head >> 4 & 3;  // W; zero: each element has its size
  ByteReader reader(payload.subspan(1));
  for (int i = 0; reader.remaining() > 0; ++i) {
    std::size_t size = reader.remaining();
    if (count == 0 || i + 1 < count) {
      const auto read = ReadLeb128(reader);
      if (!read) return Malformed("payload", payload);
      size = *read;
    }
    const ByteView element = reader.ReadBytes(size);
    if (!reader.ok()) return Malformed("payload", payload);
    const bool continues = i == 0 && (head & kContinuesBit) != 0;
    const bool goes_on = reader.remaining() == 0 && (head & kGoesOnBit) != 0;
    if (auto added = AddElement(element, continues, goes_on, frame); !added) return added;
  }
  return {};
}

Result<void> Av1Depacketizer::AddElement(ByteView element, bool continues, bool goes_on,
                                         Bytes& frame) {
  if (continues != fragmented_) {
    return Malformed(
        continues ? "unit without its start, element" : "unit inside of another, element", element);
  }
  if (!continues && !goes_on) return AddUnit(element, frame);
  if (open_.size() + element.size() > kMaxReceivedFrame) {
    return Fail(ErrorCode::kLimitExceeded,
                "rtp: AV1 unit of more than " + std::to_string(kMaxReceivedFrame) + " bytes");
  }
  open_.insert(open_.end(), element.begin(), element.end());
  fragmented_ = goes_on;
  if (goes_on) return {};
  auto added = AddUnit(open_, frame);
  open_.clear();
  return added;
}

/// Gives the unit its size, which it has not in RTP (§5).
Result<void> Av1Depacketizer::AddUnit(ByteView unit, Bytes& frame) {
  if (unit.empty()) return {};
  if (units_++ == kMaxUnits) {
    return Fail(ErrorCode::kLimitExceeded,
                "rtp: AV1 frame of more than " + std::to_string(kMaxUnits) + " units");
  }
  const std::uint8_t header = unit[0];
  if (TypeOf(header) == codec::ObuType::kTemporalDelimiter ||
      std::to_underlying(TypeOf(header)) == kTileList) {
    return {};
  }
  if ((header & kHasSize) != 0) {
    frame.insert(frame.end(), unit.begin(), unit.end());
    return {};
  }
  const std::size_t header_size = (header & kHasExtension) != 0 ? 2 : 1;
  if (unit.size() < header_size) return Malformed("unit", unit);
  frame.push_back(static_cast<std::uint8_t>(header | kHasSize));
  if (header_size == 2) frame.push_back(unit[1]);
  AppendLeb128(unit.size() - header_size, frame);
  frame.insert(frame.end(), unit.begin() + static_cast<std::ptrdiff_t>(header_size), unit.end());
  return {};
}

Result<FrameInfo> Av1Depacketizer::Finish(Bytes& frame) {
  if (fragmented_) return Fail(ErrorCode::kMalformed, "rtp: AV1 frame ends within a unit");
  const codec::PictureInfo picture = codec::InspectAv1(frame);
  if (picture.damaged) return Malformed("frame", frame);
  return FrameInfo{.key_frame = picture.key_frame};
}

}  // namespace ingress::rtp_receive
