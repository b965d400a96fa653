#pragma once

#include <cstdint>

#include "base/byte_reader.h"
#include "base/result.h"
#include "flv/fourcc.h"

namespace ingress::flv {

constexpr int kMaxModEx = 8;    // modifiers in front of one packet
constexpr int kMaxTracks = 16;  // tracks in one multitrack message

/// The ModEx loop shared by ExVideoTagHeader and ExAudioTagHeader (Enhanced RTMP v2).
struct ModExResult {
  std::uint8_t packet_type = 0;              // the first that is not ModEx
  std::uint32_t presentation_offset_ns = 0;  // 0 to 999 999
};

/// Reads modifiers while `packet_type` is ModEx. Unknown modifiers are passed over.
/// Errors: kMalformed when one runs past the end; kLimitExceeded above kMaxModEx.
Result<ModExResult> ReadModEx(ByteReader& reader, std::uint8_t packet_type);

/// Track 0 of a multitrack body (Enhanced RTMP v2, section 9.4 of the tag layouts).
struct DefaultTrack {
  bool present = false;  // false: the message holds other tracks only
  std::uint8_t packet_type = 0;
  FourCc fourcc = 0;
  ByteView body{};
  int other_tracks = 0;
};

/// `reader` stands behind the packet type Multitrack (`multitrack_type`, which may not nest).
/// Errors: kMalformed for a size past the end; kUnsupported for an unknown multitrack kind;
/// kLimitExceeded above kMaxTracks.
Result<DefaultTrack> ReadMultitrack(ByteReader& reader, std::uint8_t multitrack_type);

}  // namespace ingress::flv
