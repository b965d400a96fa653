#include "rtp_receive/h264_depacketizer.h"

#include <string>

#include "base/byte_reader.h"
#include "codec/h264.h"
#include "codec/sei.h"
#include "rtp_receive/nal_lengths.h"

namespace ingress::rtp_receive {
namespace {

constexpr std::uint8_t kStapA = 24;  // RFC 6184 §5.7.1
constexpr std::uint8_t kFuA = 28;    // §5.8
constexpr std::uint8_t kFirstReserved = 24;
constexpr std::uint8_t kStartBit = 0x80;
constexpr std::uint8_t kEndBit = 0x40;
constexpr std::uint8_t kTypeMask = 0x1f;
constexpr std::uint8_t kReferenceMask = 0x60;  // nal_ref_idc
constexpr std::uint32_t kRecoveryPoint = 6;    // payloadType, ITU-T H.264 §D.1.8

bool IsSlice(codec::NalType type) {
  return type >= codec::NalType::kSlice && type <= codec::NalType::kIdr;
}

/// Says whether a unit with this header and first byte behind it begins a picture: what stands
/// before the slices, or a slice with macroblock 0, whose number is the single bit 1 (§7.3.3).
bool BeginsPicture(std::uint8_t header, std::uint8_t next) {
  const auto type = static_cast<codec::NalType>(header & kTypeMask);
  if (type == codec::NalType::kSlice || type == codec::NalType::kIdr ||
      type == codec::NalType::kPartitionA) {
    return (next & 0x80) != 0;
  }
  return type >= codec::NalType::kSei && type <= codec::NalType::kAud;
}

/// Pictures may be decoded from here on, though it is no IDR picture: intra refresh and open GOPs.
bool HasRecoveryPoint(ByteView sei) {
  const Bytes rbsp = codec::RemoveEmulationPrevention(sei.subspan(1));
  codec::SeiReader reader(rbsp);
  while (const auto message = reader.Next()) {
    if (message->type == kRecoveryPoint) return true;
  }
  return false;
}

std::unexpected<Error> Malformed(std::string_view what, ByteView payload) {
  return Fail(ErrorCode::kMalformed, "rtp: H.264 " + std::string(what) + " of " +
                                         std::to_string(payload.size()) + " bytes");
}

}  // namespace

bool H264Depacketizer::BeginsFrame(ByteView payload) const {
  if (payload.size() < 2) return false;
  const std::uint8_t type = payload[0] & kTypeMask;
  if (type == kStapA) return payload.size() > 4 && BeginsPicture(payload[3], payload[4]);
  if (type != kFuA) return BeginsPicture(payload[0], payload[1]);
  return payload.size() > 2 && (payload[1] & kStartBit) != 0 &&
         BeginsPicture(payload[1] & kTypeMask, payload[2]);
}

void H264Depacketizer::Begin() { *this = H264Depacketizer(); }

Result<void> H264Depacketizer::Add(ByteView payload, Bytes& frame) {
  const std::uint8_t type = payload[0] & kTypeMask;
  if (type == kFuA) return AddFragment(payload, frame);
  if (fragmented_) return Malformed("unit inside of another, payload", payload);
  if (type == kStapA) return AddAggregate(payload, frame);
  if (type == 0 || type >= kFirstReserved) {
    return Fail(ErrorCode::kUnsupported, "rtp: H.264 payload of type " + std::to_string(type));
  }
  return AddUnit(payload, frame);
}

Result<void> H264Depacketizer::CountUnit() {
  if (units_++ < kMaxNalUnits) return {};
  return Fail(ErrorCode::kLimitExceeded,
              "rtp: H.264 frame of more than " + std::to_string(kMaxNalUnits) + " units");
}

Result<void> H264Depacketizer::AddUnit(ByteView nal, Bytes& frame) {
  if (auto counted = CountUnit(); !counted) return counted;
  Note(nal[0]);
  const bool sei = codec::TypeOf(nal) == codec::NalType::kSei;
  key_frame_ = key_frame_ || (sei && HasRecoveryPoint(nal));
  codec::AppendLengthPrefixed(nal, frame);
  return {};
}

Result<void> H264Depacketizer::AddAggregate(ByteView payload, Bytes& frame) {
  ByteReader reader(payload.subspan(1));
  while (reader.remaining() > 0) {
    const ByteView nal = reader.ReadBytes(reader.ReadU16());
    if (!reader.ok()) return Malformed("STAP-A", payload);
    if (nal.empty()) continue;
    if (auto added = AddUnit(nal, frame); !added) return added;
  }
  return {};
}

Result<void> H264Depacketizer::AddFragment(ByteView payload, Bytes& frame) {
  if (payload.size() < 3) return Malformed("FU-A", payload);
  const bool start = (payload[1] & kStartBit) != 0;
  if (start == fragmented_) {
    return Malformed(start ? "FU-A that starts inside of another" : "FU-A without its start",
                     payload);
  }
  if (start) {
    if (auto counted = CountUnit(); !counted) return counted;
    const auto header =
        static_cast<std::uint8_t>((payload[0] & ~kTypeMask) | (payload[1] & kTypeMask));
    Note(header);
    length_at_ = BeginLength(frame);
    frame.push_back(header);
  }
  const ByteView rest = payload.subspan(2);
  frame.insert(frame.end(), rest.begin(), rest.end());
  fragmented_ = (payload[1] & kEndBit) == 0;
  if (!fragmented_) EndLength(frame, length_at_);
  return {};
}

void H264Depacketizer::Note(std::uint8_t header) {
  const auto type = static_cast<codec::NalType>(header & kTypeMask);
  const bool sets = type == codec::NalType::kSps || type == codec::NalType::kPps;
  slices_ = slices_ || IsSlice(type);
  key_frame_ = key_frame_ || type == codec::NalType::kIdr;
  referred_to_ = referred_to_ || sets || (IsSlice(type) && (header & kReferenceMask) != 0);
}

Result<FrameInfo> H264Depacketizer::Finish(Bytes& /*frame*/) {
  if (fragmented_) return Fail(ErrorCode::kMalformed, "rtp: H.264 frame ends within a FU-A");
  return info();
}

FrameInfo H264Depacketizer::info() const {
  return {.key_frame = key_frame_ && slices_, .disposable = slices_ && !referred_to_};
}

}  // namespace ingress::rtp_receive
