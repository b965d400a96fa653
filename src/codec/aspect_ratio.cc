#include "codec/aspect_ratio.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace ingress::codec {
namespace {

constexpr std::uint32_t kExtended = 255;                   // EXTENDED_SAR
constexpr std::int64_t kMaxDisplay = 4 * kMaxPictureSide;  // pixels a side

/// aspect_ratio_idc 0 to 16: table E-1 of both specifications.
constexpr std::array<SampleAspectRatio, 17> kRatios = {{{1, 1},
                                                        {1, 1},
                                                        {12, 11},
                                                        {10, 11},
                                                        {16, 11},
                                                        {40, 33},
                                                        {24, 11},
                                                        {20, 11},
                                                        {32, 11},
                                                        {80, 33},
                                                        {18, 11},
                                                        {15, 11},
                                                        {64, 33},
                                                        {160, 99},
                                                        {4, 3},
                                                        {3, 2},
                                                        {2, 1}}};

int Stretch(int size, int numerator, int denominator) {
  if (numerator <= denominator) return size;
  const std::int64_t stretched = (std::int64_t{size} * numerator + denominator / 2) / denominator;
  return static_cast<int>(std::min(stretched, kMaxDisplay));
}

}  // namespace

SampleAspectRatio ReadSampleAspectRatio(BitReader& reader) {
  if (!reader.ReadFlag()) return {};
  const std::size_t idc = reader.ReadBits(8);
  if (idc < kRatios.size()) return kRatios[idc];
  if (idc != kExtended) return {};
  const int width = static_cast<int>(reader.ReadBits(16));
  const int height = static_cast<int>(reader.ReadBits(16));
  if (width == 0 || height == 0) return {};
  return {.width = width, .height = height};
}

DisplaySize WithSquarePixels(int width, int height, SampleAspectRatio ratio) {
  return {.width = Stretch(width, ratio.width, ratio.height),
          .height = Stretch(height, ratio.height, ratio.width)};
}

}  // namespace ingress::codec
