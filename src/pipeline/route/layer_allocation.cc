#include "pipeline/route/layer_allocation.h"

#include <algorithm>

namespace ingress::pipeline {
namespace {

std::vector<std::uint32_t> BitratesOf(const std::vector<LayerSpec>& layers) {
  std::vector<std::uint32_t> out;
  out.reserve(layers.size());
  for (const LayerSpec& layer : layers) out.push_back(layer.bitrate);
  return out;
}

}  // namespace

LayerAllocation::LayerAllocation(const std::vector<LayerSpec>& layers)
    : layers_(layers),
      demand_(layers.size()),
      uplink_(BitratesOf(layers)),
      active_(layers.size(), false) {}

void LayerAllocation::OnAudience(bool present) {
  demand_.OnAudience(present);
  Update();
}

std::vector<std::size_t> LayerAllocation::OnDemand(const std::vector<bool>& wanted) {
  const bool first_word = !demand_.heard();
  demand_.OnDemand(wanted);
  const std::vector<bool> before = active_;
  Update();
  std::vector<std::size_t> added;
  for (std::size_t layer = 0; layer < size(); ++layer) {
    if (active_[layer] && (first_word || !before[layer])) added.push_back(layer);
  }
  return added;
}

bool LayerAllocation::OnUplink(std::optional<std::uint32_t> estimate, TimePoint now) {
  estimate_ = estimate;
  const bool changed = uplink_.OnEstimate(estimate, now);
  if (changed) Update();
  return changed;
}

void LayerAllocation::Update() {
  for (std::size_t layer = 0; layer < size(); ++layer) {
    active_[layer] = demand_.IsActive(layer) && layer < uplink_.layers();
  }
}

bool LayerAllocation::any() const {
  return std::find(active_.begin(), active_.end(), true) != active_.end();
}

bool LayerAllocation::any_below_top() const {
  return std::find(active_.begin(), active_.end() - 1, true) != active_.end() - 1;
}

std::uint32_t LayerAllocation::bitrate(std::size_t layer) const {
  const std::uint32_t allowed = uplink_.bitrate(layer);
  return allowed == 0 ? layers_[layer].bitrate : allowed;
}

std::optional<std::uint32_t> LayerAllocation::top_limit() const {
  if (!estimate_) return std::nullopt;
  if (uplink_.layers() < size()) return 0;
  double left = *estimate_ * UplinkAllocator::kUsable;
  for (std::size_t layer = 0; layer < top(); ++layer) left -= layers_[layer].bitrate;
  return static_cast<std::uint32_t>(std::max(left, 0.0));
}

std::vector<bool> LayerAllocation::Encoded(bool source_feeds_top, Shedding shedding) const {
  std::vector<bool> layers = active_;
  if (source_feeds_top) layers[top()] = false;
  if (shedding == Shedding::kNothing) return layers;
  // Of what is wanted only the highest; the source's own pictures cost nothing and count for it.
  const auto end = static_cast<std::size_t>(
      std::find(active_.rbegin(), active_.rend(), true).base() - active_.begin());
  for (std::size_t layer = 0; layer + 1 < end; ++layer) layers[layer] = false;
  if (shedding == Shedding::kSize && end > 1 && layers[end - 1]) {
    layers[end - 1] = false;
    layers[end - 2] = true;
  }
  return layers;
}

std::string LayerAllocation::Describe() const {
  std::string out;
  for (std::size_t layer = 0; layer < size(); ++layer) {
    if (active_[layer]) {
      out += (out.empty() ? "" : ",") + std::to_string(layers_[layer].height) + "p";
    }
  }
  return out.empty() ? "none" : out;
}

}  // namespace ingress::pipeline
