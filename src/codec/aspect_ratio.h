#pragma once

#include <cstdint>

#include "codec/bit_reader.h"

namespace ingress::codec {

/// Pixels a side that a coded picture may have; H.264's level 6.2 allows 16864.
inline constexpr int kMaxPictureSide = 16384;

/// Pixels of a whole picture: MaxFS of H.264's level 6.2 in macroblocks of 256 (table A-1), which
/// is the MaxLumaPs of HEVC's level 6.2.
inline constexpr std::int64_t kMaxPicturePixels = std::int64_t{139'264} * 256;

/// How wide a pixel is by its height.
struct SampleAspectRatio {
  int width = 1;
  int height = 1;

  bool square() const { return width == height; }
  bool operator==(const SampleAspectRatio&) const = default;
};

/// aspect_ratio_info_present_flag and what follows it in the VUI, which ITU-T H.264 §E.1.1 and
/// ITU-T H.265 §E.2.1 share. Absent, reserved, unspecified and cut-off
/// ratios are 1:1.
SampleAspectRatio ReadSampleAspectRatio(BitReader& reader);

struct DisplaySize {
  int width = 0;
  int height = 0;

  bool operator==(const DisplaySize&) const = default;
};

/// The size to show with square pixels: the longer stretch widens, nothing shrinks.
DisplaySize WithSquarePixels(int width, int height, SampleAspectRatio ratio);

}  // namespace ingress::codec
