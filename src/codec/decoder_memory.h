#pragma once

#include <cstdint>

#include "base/encoded_frame.h"
#include "base/result.h"
#include "codec/h264_sps.h"
#include "codec/hevc_sps.h"
#include "codec/stream_format.h"

namespace ingress::codec {

/// What a decoder has to keep for a stream, as its headers state it before anything is decoded.
struct DecoderNeed {
  int coded_width = 0;  // pixels, before cropping
  int coded_height = 0;
  int width = 0;  // after it
  int height = 0;
  int bit_depth = 8;
  int chroma_format_idc = 1;
  int kept_pictures = 0;  // for reference and for the output order
};

DecoderNeed NeedOf(const SpsInfo& sps);
DecoderNeed NeedOf(const HevcSpsInfo& sps);
/// For codecs whose references are fixed: VP8, VP9 and AV1.
DecoderNeed NeedOf(VideoCodec codec, const StreamFormat& format);

/// Pixels that a picture of a stream has at most unless the operator says otherwise: cameras with
/// 4096 by 2304, lying or standing, and all below.
inline constexpr std::int64_t kDefaultMaxInputPixels = std::int64_t{4096} * 2304;

/// Bytes of the pictures that a decoder may keep, where pictures may have `max_pixels`. 64 a pixel
/// are enough for the largest picture in H.264 with 16 references (47), and in HEVC with 10 bits
/// and the 6 pictures of every level at its full size (42).
constexpr std::uint64_t DecoderBudget(std::int64_t max_pixels) {
  return static_cast<std::uint64_t>(max_pixels) * 64;
}

/// Bytes that a decoder with slice threads takes for pictures and what belongs to each of them,
/// including the one in work and those that the encoders have not read yet. A stream that keeps to
/// what it states does not exceed it.
std::uint64_t DecoderMemory(const DecoderNeed& need);

/// Errors: kLimitExceeded with the numbers for pictures of more than `max_pixels`, or that together
/// exceed DecoderBudget().
Result<void> CheckDecoderNeed(const DecoderNeed& need, std::int64_t max_pixels);

}  // namespace ingress::codec
