#pragma once

#include <cstdint>
#include <string_view>

namespace ingress {

/// Which of at most three layers of a video track this is, as its owner asked for it. Layers keep
/// their quality when others are left out, so the only layer of a track is often kHigh.
enum class LayerQuality : std::uint8_t { kLow, kMedium, kHigh };

/// "low", "medium", "high": the name in reports and metrics.
constexpr std::string_view ToString(LayerQuality quality) {
  switch (quality) {
    case LayerQuality::kLow:
      return "low";
    case LayerQuality::kMedium:
      return "medium";
    case LayerQuality::kHigh:
      break;
  }
  return "high";
}

/// The ceiling for one simulcast layer.
struct LayerSpec {
  LayerQuality quality = LayerQuality::kHigh;
  std::uint32_t width = 0;    // pixels, even
  std::uint32_t height = 0;   // pixels, even
  std::uint32_t bitrate = 0;  // bits per second

  bool operator==(const LayerSpec&) const = default;
};

}  // namespace ingress
