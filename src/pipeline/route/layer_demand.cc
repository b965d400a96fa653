#include "pipeline/route/layer_demand.h"

#include <algorithm>
#include <utility>

namespace ingress::pipeline {

LayerDemand::LayerDemand(std::vector<::livekit::VideoQuality> layers)
    : layers_(std::move(layers)) {}

void LayerDemand::OnAudience(bool present) {
  if (!heard_) active_ = present ? layers_.size() : 0;
}

void LayerDemand::OnSubscribedQuality(const std::map<::livekit::VideoQuality, bool>& enabled) {
  heard_ = true;
  std::optional<::livekit::VideoQuality> highest;
  for (const auto& [quality, wanted] : enabled) {
    if (wanted && quality != ::livekit::OFF) highest = std::max(highest.value_or(quality), quality);
  }
  active_ = 0;
  if (!highest) return;
  // Everything up to the first layer that reaches the wanted quality.
  const auto reaches = std::ranges::find_if(layers_, [&](auto layer) { return layer >= *highest; });
  active_ = static_cast<std::size_t>(reaches - layers_.begin()) + 1;
  active_ = std::min(active_, layers_.size());
}

bool LayerDemand::IsActive(std::size_t layer) const { return layer < active_; }

}  // namespace ingress::pipeline
