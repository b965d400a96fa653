#pragma once

#include <cstdint>
#include <vector>

#include "domain/encoding.h"

namespace ingress {

/// Lower than this no layer is rescaled: a picture of a few pixels still has headers.
inline constexpr std::uint32_t kMinRescaledBitrate = 30'000;  // bits per second

/// The layers to publish for a source of `source_width` × `source_height` (display size in square
/// pixels), LOW first. Empty when the source has no size.
///
/// Each requested layer is a box: the source is fitted into it, aspect ratio kept, never enlarged,
/// sizes even (rounded up inside the box, down where that would exceed the source) and at least
/// 2 × 2. The first layer that holds the whole source is the last one, as higher ones would only
/// repeat it; layers that the owner gave one and the same box stay together.
///
/// A layer that became smaller than its box gets `bitrate × (area ÷ box area)^0.75`, so that a
/// portrait picture in a landscape box is not sent at more bits per pixel than it can use. (The Go
/// service keeps the bitrate of the box.)
std::vector<LayerSpec> ComputeLayers(const VideoEncoding& encoding, std::uint32_t source_width,
                                     std::uint32_t source_height);

/// The same layers for a source that has changed to `source_width` × `source_height` since
/// `published` was computed from `encoding`: as many, of the same qualities, none larger than was
/// asked for. A source that changes between portrait and landscape rotates the layers with it. One
/// that shrank needs fewer: the upper layers repeat its largest, so that whoever watches them keeps
/// a picture. Empty when the source has no size.
std::vector<LayerSpec> RefitLayers(const VideoEncoding& encoding,
                                   const std::vector<LayerSpec>& published,
                                   std::uint32_t source_width, std::uint32_t source_height);

}  // namespace ingress
