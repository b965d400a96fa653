#include "flv/video_tag.h"

#include <string>

#include "base/byte_reader.h"
#include "flv/extended_header.h"

namespace ingress::flv {
namespace {

constexpr std::uint8_t kExtendedBit = 0x80;

enum class FrameType : std::uint8_t {
  kKey = 1,
  kInter = 2,
  kDisposableInter = 3,
  kGeneratedKey = 4,
  kCommand = 5,
};

enum class PacketType : std::uint8_t {
  kSequenceStart = 0,
  kCodedFrames = 1,
  kSequenceEnd = 2,
  kCodedFramesX = 3,
  kMetadata = 4,
  kMultitrack = 6,
};

// Legacy codec ids. 12 is not Adobe's: a number that Chinese networks and cameras use.
constexpr std::uint8_t kCodecIdAvc = 7;
constexpr std::uint8_t kCodecIdHevc = 12;

std::int32_t ReadSigned24(ByteReader& reader) {
  const auto value = static_cast<std::int32_t>(reader.ReadU24());
  return value >= 0x800000 ? value - 0x1000000 : value;
}

bool HasCompositionTime(FourCc fourcc) {
  return fourcc == kAvc1 || fourcc == kHvc1 || fourcc == kVvc1;
}

void SetFrameType(VideoTag& tag, FrameType type) {
  tag.key_frame = type == FrameType::kKey || type == FrameType::kGeneratedKey;
  tag.disposable = type == FrameType::kDisposableInter;
}

/// What is common to AVC and the unofficial HEVC: packet type and composition time.
Result<VideoTag> ParseAvcLayout(ByteReader& reader, FrameType type, VideoTag tag) {
  const std::uint8_t packet_type = reader.ReadU8();
  const std::int32_t composition_time = ReadSigned24(reader);
  if (!reader.ok()) {
    return Fail(ErrorCode::kMalformed, "video tag: AVC header cut short");
  }
  switch (packet_type) {
    case 0:
      tag.kind = VideoTag::Kind::kSequenceHeader;
      break;
    case 1:
      tag.kind = VideoTag::Kind::kCodedFrame;
      tag.composition_time_ms = composition_time;
      SetFrameType(tag, type);
      break;
    case 2:
      tag.kind = VideoTag::Kind::kEndOfSequence;
      break;
    default:
      return tag;
  }
  tag.data = reader.rest();
  return tag;
}

Result<VideoTag> ParseLegacy(ByteReader& reader, std::uint8_t head) {
  const auto type = static_cast<FrameType>(head >> 4);
  VideoTag tag{.codec_id = static_cast<std::uint8_t>(head & 0x0F)};
  if (tag.codec_id == kCodecIdAvc) tag.codec = VideoCodec::kH264;
  if (tag.codec_id == kCodecIdHevc) tag.codec = VideoCodec::kHevc;
  if (type == FrameType::kCommand) {
    tag.kind = VideoTag::Kind::kCommand;
    return tag;
  }
  if (tag.codec) return ParseAvcLayout(reader, type, tag);
  tag.kind = VideoTag::Kind::kCodedFrame;
  tag.data = reader.rest();
  SetFrameType(tag, type);
  return tag;
}

/// The body behind FourCC and track id.
Result<VideoTag> ParseExtendedBody(ByteReader reader, PacketType packet_type, FrameType type,
                                   VideoTag tag) {
  tag.codec = VideoCodecOf(tag.fourcc);
  switch (packet_type) {
    case PacketType::kSequenceStart:
      tag.kind = VideoTag::Kind::kSequenceHeader;
      break;
    case PacketType::kCodedFrames:
      if (HasCompositionTime(tag.fourcc)) tag.composition_time_ms = ReadSigned24(reader);
      [[fallthrough]];
    case PacketType::kCodedFramesX:
      tag.kind = VideoTag::Kind::kCodedFrame;
      SetFrameType(tag, type);
      break;
    case PacketType::kSequenceEnd:
      tag.kind = VideoTag::Kind::kEndOfSequence;
      break;
    case PacketType::kMetadata:
      tag.kind = VideoTag::Kind::kMetadata;
      break;
    default:
      return tag;  // MPEG2TSSequenceStart and reserved ones
  }
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "video tag: no composition time");
  tag.data = reader.rest();
  return tag;
}

/// The order of the checks is that of Enhanced RTMP v2: ModEx, command frame, multitrack, FourCC.
Result<VideoTag> ParseExtended(ByteReader& reader, std::uint8_t head) {
  const auto type = static_cast<FrameType>(head >> 4 & 0x07);
  const auto mod_ex = ReadModEx(reader, head & 0x0F);
  if (!mod_ex) return Wrap("video tag", mod_ex.error());
  auto packet_type = static_cast<PacketType>(mod_ex->packet_type);
  VideoTag tag{.presentation_offset_ns = mod_ex->presentation_offset_ns};

  // FFmpeg marks metadata as frame type 5; the frame type means nothing there.
  if (type == FrameType::kCommand && packet_type != PacketType::kMetadata) {
    tag.kind = VideoTag::Kind::kCommand;
    return tag;
  }
  if (packet_type == PacketType::kMultitrack) {
    const auto track = ReadMultitrack(reader, static_cast<std::uint8_t>(PacketType::kMultitrack));
    if (!track) return Wrap("video tag", track.error());
    tag.other_tracks = track->other_tracks;
    if (!track->present) return tag;
    tag.fourcc = track->fourcc;
    return ParseExtendedBody(ByteReader(track->body), static_cast<PacketType>(track->packet_type),
                             type, tag);
  }
  tag.fourcc = reader.ReadU32();
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "video tag: FourCC cut short");
  return ParseExtendedBody(ByteReader(reader.rest()), packet_type, type, tag);
}

}  // namespace

Result<VideoTag> ParseVideoTag(ByteView body) {
  ByteReader reader(body);
  const std::uint8_t head = reader.ReadU8();
  if (!reader.ok()) return Fail(ErrorCode::kMalformed, "video tag: empty");
  return head & kExtendedBit ? ParseExtended(reader, head) : ParseLegacy(reader, head);
}

}  // namespace ingress::flv
