#pragma once

#include <array>
#include <cstdint>

#include "media/plane_view.h"

namespace ingress::media {

/// Squeezes full-range samples of `bits` depth (0 to 255 in 8 bit) into the limited range (16 to
/// 235, chroma 16 to 240), in place.
template <typename Sample>
void LimitRange(PlaneView<Sample> plane, int bits, bool chroma) {
  const int top = (1 << bits) - 1;
  const int range = (chroma ? 224 : 219) << (bits - 8);
  const int middle = 1 << (bits - 1);
  const auto limited = [&](int value) {
    // Chroma keeps its middle, luma its black.
    const int from = chroma ? value - middle : value;
    const int half = from < 0 ? -top / 2 : top / 2;
    return (from * range + half) / top + (chroma ? middle : 16 << (bits - 8));
  };
  std::array<Sample, 1024> table{};
  for (int value = 0; value <= top && value < 1024; ++value) {
    table[static_cast<std::size_t>(value)] = static_cast<Sample>(limited(value));
  }
  for (int y = 0; y < plane.height; ++y) {
    Sample* row = plane.row(y);
    for (int x = 0; x < plane.width; ++x) row[x] = table[row[x] & 1023U];
  }
}

}  // namespace ingress::media
