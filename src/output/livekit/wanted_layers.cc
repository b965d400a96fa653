#include "output/livekit/wanted_layers.h"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace ingress::output {

::livekit::VideoQuality ToLiveKit(LayerQuality quality) {
  switch (quality) {
    case LayerQuality::kLow:
      return ::livekit::LOW;
    case LayerQuality::kMedium:
      return ::livekit::MEDIUM;
    case LayerQuality::kHigh:
      break;
  }
  return ::livekit::HIGH;
}

std::vector<bool> WantedLayers(const std::vector<LayerSpec>& layers,
                               const std::map<::livekit::VideoQuality, bool>& enabled) {
  std::optional<::livekit::VideoQuality> highest;
  for (const auto& [quality, wanted] : enabled) {
    if (wanted && quality != ::livekit::OFF) highest = std::max(highest.value_or(quality), quality);
  }
  std::vector<bool> needed(layers.size(), false);
  if (!highest) return needed;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    needed[layer] = true;
    if (ToLiveKit(layers[layer].quality) >= *highest) break;
  }
  return needed;
}

}  // namespace ingress::output
