#include "domain/layers.h"

#include <algorithm>
#include <utility>

namespace ingress {
namespace {

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

constexpr std::uint32_t kMinSide = 2;  // pixels; 4:2:0 has one chroma sample for 2 × 2

std::uint32_t EvenDown(std::uint32_t side) { return std::max(kMinSide, side & ~1u); }

// Even, rounded up unless that would be more than the source has.
std::uint32_t Even(std::uint64_t side, std::uint32_t source_side) {
  const std::uint64_t up = side + (side & 1);
  if (up > source_side) return EvenDown(source_side);
  return std::max(kMinSide, static_cast<std::uint32_t>(up));
}

Size FitInto(Size box, Size source) {
  std::uint64_t width = source.width;
  std::uint64_t height = source.height;
  if (width > box.width) {
    width = box.width;
    height = width * source.height / source.width;
  }
  if (height > box.height) {
    height = box.height;
    width = height * source.width / source.height;
  }
  return {.width = Even(width, source.width), .height = Even(height, source.height)};
}

std::uint32_t RescaledBitrate(const LayerSpec& box, double frame_rate, Size size) {
  const std::uint32_t scaled = ScaledBitrate(
      {.bitrate = box.bitrate, .frame_rate = frame_rate, .width = box.width, .height = box.height},
      frame_rate, size.width, size.height);
  return std::min(box.bitrate, std::max(scaled, kMinRescaledBitrate));
}

bool SameBox(const LayerSpec& a, const LayerSpec& b) {
  return a.width == b.width && a.height == b.height;
}

}  // namespace

std::vector<LayerSpec> ComputeLayers(const VideoEncoding& encoding, std::uint32_t source_width,
                                     std::uint32_t source_height) {
  std::vector<LayerSpec> layers;
  if (source_width == 0 || source_height == 0) return layers;
  const Size source{.width = source_width, .height = source_height};
  const LayerSpec* holds_all = nullptr;
  for (const LayerSpec& box : encoding.layers) {
    if (holds_all != nullptr && !SameBox(box, *holds_all)) break;
    const Size size = FitInto({.width = box.width, .height = box.height}, source);
    layers.push_back({.quality = box.quality,
                      .width = size.width,
                      .height = size.height,
                      .bitrate = RescaledBitrate(box, encoding.frame_rate, size)});
    const bool whole =
        size.width >= EvenDown(source.width) && size.height >= EvenDown(source.height);
    if (whole) holds_all = &box;
  }
  return layers;
}

std::vector<LayerSpec> RefitLayers(const VideoEncoding& encoding,
                                   const std::vector<LayerSpec>& published,
                                   std::uint32_t source_width, std::uint32_t source_height) {
  VideoEncoding boxes = encoding;
  boxes.layers = published;
  const bool upright = source_height > source_width;
  for (std::size_t i = 0; i < published.size() && i < encoding.layers.size(); ++i) {
    LayerSpec& box = boxes.layers[i];
    if (upright == (box.height > box.width)) continue;
    std::swap(box.width, box.height);
    box.width = std::min(box.width, encoding.layers[i].width);
    box.height = std::min(box.height, encoding.layers[i].height);
  }
  std::vector<LayerSpec> layers = ComputeLayers(boxes, source_width, source_height);
  while (!layers.empty() && layers.size() < published.size()) {
    LayerSpec repeated = layers.back();
    repeated.quality = published[layers.size()].quality;
    layers.push_back(repeated);
  }
  return layers;
}

}  // namespace ingress
