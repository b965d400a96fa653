#pragma once

#include <algorithm>
#include <cmath>

namespace ingress::media {

/// The shape of a decoded picture.
struct PictureShape {
  int width = 0;  // pixels as coded
  int height = 0;
  int sar_width = 1;  // sample aspect ratio: how wide a pixel is by its height
  int sar_height = 1;
  int rotation = 0;  // quarter turns clockwise, 0 to 3, that make it stand upright

  bool operator==(const PictureShape&) const = default;
};

/// A part of a picture, in pixels.
struct Rectangle {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  bool operator==(const Rectangle&) const = default;
};

/// Where in a layer of `width` by `height` square pixels the upright picture belongs: in the
/// middle, as large as it fits, undistorted. Everything is even, as 4:2:0 wants it. What would
/// leave bars of a pixel or two fills the layer instead: sizes of layers are rounded.
inline Rectangle FitInto(const PictureShape& picture, int width, int height) {
  constexpr double kSlack = 0.01;  // nobody sees that much
  constexpr double kSlackPixels = 2;
  double shown_width = static_cast<double>(picture.width) * std::max(picture.sar_width, 1);
  double shown_height = static_cast<double>(picture.height) * std::max(picture.sar_height, 1);
  if (picture.rotation % 2 != 0) std::swap(shown_width, shown_height);
  const double scale = std::min(width / shown_width, height / shown_height);

  const auto fit = [&](double shown, int available) {
    const double wanted = shown * scale;
    if (wanted >= available - std::max(kSlackPixels, available * kSlack)) return available;
    return std::clamp(static_cast<int>(std::lround(wanted / 2)) * 2, 2, available);
  };
  Rectangle fitted{.width = fit(shown_width, width), .height = fit(shown_height, height)};
  fitted.x = (width - fitted.width) / 4 * 2;
  fitted.y = (height - fitted.height) / 4 * 2;
  return fitted;
}

}  // namespace ingress::media
