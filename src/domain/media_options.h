#pragma once

#include <cstdint>

#include "codec/decoder_memory.h"
#include "codec/h264_profile.h"

namespace ingress {

enum class Transcoding : std::uint8_t {
  kAuto,  // what viewers can play as it is passes, the rest is encoded
  kAlways,
  kNever,  // no video is encoded
};

/// How far above its layer's bitrate a source may be and still be passed through.
inline constexpr double kDefaultMaxBitrateRatio = 2.0;

/// Which routes and encoders the sessions of a node may use, as the operator says it.
struct MediaOptions {
  Transcoding transcoding = Transcoding::kAuto;
  codec::H264Profile h264_profile = codec::H264Profile::kHigh;  // of encoded layers, at most
  double max_bitrate_ratio = kDefaultMaxBitrateRatio;           // of a source to its layer
  /// Of a source picture; what a decoder may take of memory follows from it (DecoderBudget()).
  std::int64_t max_input_pixels = codec::kDefaultMaxInputPixels;

  bool operator==(const MediaOptions&) const = default;
};

}  // namespace ingress
