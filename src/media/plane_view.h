#pragma once

#include <cstddef>

namespace ingress::media {

/// One plane of a picture: rows of samples, `stride` samples apart.
template <typename Sample>
struct PlaneView {
  Sample* data = nullptr;
  std::ptrdiff_t stride = 0;
  int width = 0;  // samples
  int height = 0;

  Sample* row(int y) const { return data + y * stride; }
};

}  // namespace ingress::media
