#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/encoded_frame.h"
#include "base/result.h"
#include "codec/aspect_ratio.h"

namespace ingress::codec {

/// What the headers of a coded stream say about its pictures.
struct StreamFormat {
  int width = 0;  // pixels, after cropping; zero when the header does not say it
  int height = 0;
  int bit_depth = 8;
  int chroma_format_idc = 1;  // 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4
  SampleAspectRatio sar = {};

  DisplaySize display_size() const { return WithSquarePixels(width, height, sar); }
  bool operator==(const StreamFormat&) const = default;
};

/// What one coded picture says about itself.
struct PictureInfo {
  bool key_frame = false;              // decoding may begin here
  bool damaged = false;                // its headers make no sense
  std::optional<StreamFormat> format;  // when the picture states it
};

/// Looks into the headers of a coded picture as FLV carries it.
/// `length_size`: of HEVC's NAL units, 1 to 4 bytes; a body that is Annex B is seen as such.
/// H.264 has richer means of its own (h264.h): for it only the IDR and the SPS are looked for.
PictureInfo InspectPicture(VideoCodec codec, ByteView body, int length_size);

/// The format that a decoder configuration of FLV states: avcC, hvcC, vpcC or av1C. VP8 and VP9
/// leave the size to the pictures.
/// Errors: kMalformed, kLimitExceeded; kUnsupported when the record has no parameter sets.
Result<StreamFormat> ParseStreamFormat(VideoCodec codec, ByteView config);

}  // namespace ingress::codec
