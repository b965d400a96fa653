#include "rtp_receive/hevc_depacketizer.h"

#include <string>

#include "base/byte_reader.h"
#include "codec/h264.h"
#include "codec/hevc.h"
#include "rtp_receive/nal_lengths.h"

namespace ingress::rtp_receive {
namespace {

constexpr std::uint8_t kAggregation = 48;    // RFC 7798 §4.4.2
constexpr std::uint8_t kFragmentation = 49;  // §4.4.3
constexpr std::uint8_t kStartBit = 0x80;
constexpr std::uint8_t kEndBit = 0x40;
constexpr std::uint8_t kTypeMask = 0x3f;
constexpr std::uint8_t kRaslN = 8;  // ITU-T H.265 table 7-1: they may refer to pictures
constexpr std::uint8_t kRaslR = 9;  // before the one where decoding began
constexpr std::uint8_t kAud = 35;

/// Says whether a unit of this type, whose first byte behind the header is `next`, begins a
/// picture: what stands before the slices, or the slice whose first bit says so (§7.3.6.1).
bool BeginsPicture(std::uint8_t type, std::uint8_t next) {
  if (type < codec::kHevcVps) return (next & 0x80) != 0;
  return type <= kAud || type == codec::kHevcPrefixSei;
}

std::unexpected<Error> Malformed(std::string_view what, ByteView payload) {
  return Fail(ErrorCode::kMalformed, "rtp: HEVC " + std::string(what) + " of " +
                                         std::to_string(payload.size()) + " bytes");
}

}  // namespace

bool HevcDepacketizer::BeginsFrame(ByteView payload) const {
  if (payload.size() < 3) return false;
  const std::uint8_t type = codec::HevcTypeOf(payload);
  if (type == kAggregation) {
    // Its first unit stands behind two bytes of length.
    return payload.size() > 6 && BeginsPicture(codec::HevcTypeOf(payload.subspan(4)), payload[6]);
  }
  if (type != kFragmentation) return BeginsPicture(type, payload[2]);
  return payload.size() > 3 && (payload[2] & kStartBit) != 0 &&
         BeginsPicture(payload[2] & kTypeMask, payload[3]);
}

void HevcDepacketizer::Begin() { *this = HevcDepacketizer(); }

Result<void> HevcDepacketizer::Add(ByteView payload, Bytes& frame) {
  if (payload.size() <= codec::kHevcHeaderBytes) return Malformed("payload", payload);
  const std::uint8_t type = codec::HevcTypeOf(payload);
  if (type == kFragmentation) return AddFragment(payload, frame);
  if (fragmented_) return Malformed("unit inside of another, payload", payload);
  if (type == kAggregation) return AddAggregate(payload, frame);
  if (type > kFragmentation) {
    return Fail(ErrorCode::kUnsupported, "rtp: HEVC payload of type " + std::to_string(type));
  }
  return AddUnit(payload, frame);
}

Result<void> HevcDepacketizer::CountUnit(std::uint8_t type) {
  key_frame_ = key_frame_ || codec::IsHevcRandomAccess(type);
  leading_ = leading_ || type == kRaslN || type == kRaslR;
  if (units_++ < kMaxNalUnits) return {};
  return Fail(ErrorCode::kLimitExceeded,
              "rtp: HEVC frame of more than " + std::to_string(kMaxNalUnits) + " units");
}

Result<void> HevcDepacketizer::AddUnit(ByteView nal, Bytes& frame) {
  if (auto counted = CountUnit(codec::HevcTypeOf(nal)); !counted) return counted;
  codec::AppendLengthPrefixed(nal, frame);
  return {};
}

Result<void> HevcDepacketizer::AddAggregate(ByteView payload, Bytes& frame) {
  ByteReader reader(payload.subspan(codec::kHevcHeaderBytes));
  while (reader.remaining() > 0) {
    const ByteView nal = reader.ReadBytes(reader.ReadU16());
    if (!reader.ok() || nal.size() < codec::kHevcHeaderBytes) return Malformed("AP", payload);
    if (auto added = AddUnit(nal, frame); !added) return added;
  }
  return {};
}

Result<void> HevcDepacketizer::AddFragment(ByteView payload, Bytes& frame) {
  if (payload.size() < 4) return Malformed("FU", payload);
  const std::uint8_t header = payload[2];
  const bool start = (header & kStartBit) != 0;
  if (start == fragmented_) {
    return Malformed(start ? "FU that starts inside of another" : "FU without its start", payload);
  }
  if (start) {
    const auto type = static_cast<std::uint8_t>(header & kTypeMask);
    if (auto counted = CountUnit(type); !counted) return counted;
    length_at_ = BeginLength(frame);
    frame.push_back(static_cast<std::uint8_t>((payload[0] & 0x81) | type << 1));
    frame.push_back(payload[1]);
  }
  const ByteView rest = payload.subspan(3);
  frame.insert(frame.end(), rest.begin(), rest.end());
  fragmented_ = (header & kEndBit) == 0;
  if (!fragmented_) EndLength(frame, length_at_);
  return {};
}

Result<FrameInfo> HevcDepacketizer::Finish(Bytes& /*frame*/) {
  if (fragmented_) return Fail(ErrorCode::kMalformed, "rtp: HEVC frame ends within a FU");
  return info();
}

}  // namespace ingress::rtp_receive
