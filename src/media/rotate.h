#pragma once

#include <cstdint>

#include "media/plane_view.h"

namespace ingress::media {

/// Rotates a plane clockwise by `rotation` quarter turns, 0 to 3; `out` has the rotated size.
inline void RotatePlane(PlaneView<const std::uint8_t> from, int rotation,
                        PlaneView<std::uint8_t> out) {
  for (int y = 0; y < out.height; ++y) {
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < out.width; ++x) {
      switch (rotation) {
        case 1:
          to[x] = from.row(from.height - 1 - x)[y];
          break;
        case 2:
          to[x] = from.row(from.height - 1 - y)[from.width - 1 - x];
          break;
        case 3:
          to[x] = from.row(x)[from.width - 1 - y];
          break;
        default:
          to[x] = from.row(y)[x];
      }
    }
  }
}

}  // namespace ingress::media
