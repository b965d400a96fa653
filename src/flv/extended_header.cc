#include "flv/extended_header.h"

#include <algorithm>
#include <string>

namespace ingress::flv {
namespace {

constexpr std::uint8_t kPacketModEx = 7;  // the same number for audio and video
constexpr std::uint8_t kTimestampOffsetNano = 0;
constexpr std::uint32_t kMaxOffsetNs = 999'999;

enum class MultitrackKind : std::uint8_t { kOneTrack, kManyTracks, kManyTracksManyCodecs };

}  // namespace

Result<ModExResult> ReadModEx(ByteReader& reader, std::uint8_t packet_type) {
  ModExResult result{.packet_type = packet_type};
  for (int count = 0; result.packet_type == kPacketModEx; ++count) {
    if (count == kMaxModEx) {
      return Fail(ErrorCode::kLimitExceeded,
                  "more than " + std::to_string(kMaxModEx) + " ModEx modifiers");
    }
    std::size_t size = reader.ReadU8() + std::size_t{1};
    if (size == 256) size = reader.ReadU16() + std::size_t{1};
    ByteReader data(reader.ReadBytes(size));
    const std::uint8_t next = reader.ReadU8();
    if (!reader.ok()) return Fail(ErrorCode::kMalformed, "ModEx past the end of the tag");
    if (next >> 4 == kTimestampOffsetNano) {
      result.presentation_offset_ns = std::min(data.ReadU24(), kMaxOffsetNs);
    }
    result.packet_type = next & 0x0F;
  }
  return result;
}

Result<DefaultTrack> ReadMultitrack(ByteReader& reader, std::uint8_t multitrack_type) {
  const std::uint8_t head = reader.ReadU8();
  const auto kind = static_cast<MultitrackKind>(head >> 4);
  DefaultTrack track{.packet_type = static_cast<std::uint8_t>(head & 0x0F)};
  if (kind > MultitrackKind::kManyTracksManyCodecs || track.packet_type == multitrack_type) {
    return Fail(ErrorCode::kUnsupported, "multitrack header " + std::to_string(head));
  }
  FourCc fourcc = kind == MultitrackKind::kManyTracksManyCodecs ? 0 : reader.ReadU32();
  for (int count = 0; count == 0 || reader.remaining() > 0; ++count) {
    if (count == kMaxTracks) {
      return Fail(ErrorCode::kLimitExceeded,
                  "more than " + std::to_string(kMaxTracks) + " tracks in a message");
    }
    if (kind == MultitrackKind::kManyTracksManyCodecs) fourcc = reader.ReadU32();
    const std::uint8_t track_id = reader.ReadU8();
    const std::size_t size =
        kind == MultitrackKind::kOneTrack ? reader.remaining() : reader.ReadU24();
    const ByteView body = reader.ReadBytes(size);
    if (!reader.ok()) return Fail(ErrorCode::kMalformed, "multitrack body past the end of the tag");
    if (track_id == 0 && !track.present) {
      track.present = true;
      track.fourcc = fourcc;
      track.body = body;
    } else {
      ++track.other_tracks;
    }
  }
  return track;
}

}  // namespace ingress::flv
