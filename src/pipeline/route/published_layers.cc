#include "pipeline/route/published_layers.h"

#include <string>
#include <utility>

namespace ingress::pipeline {

void PublishedLayers::Publish(std::vector<LayerSpec> specs, TimePoint now) {
  specs_ = std::move(specs);
  growth_.OnPublished(specs_.back(), now);
  allocation_.emplace(specs_);
  allocation_->OnAudience(audience_);
}

bool PublishedLayers::OnAudience(bool present) {
  audience_ = present;
  if (!allocation_ || allocation_->heard()) return false;
  const bool was_active = allocation_->any();
  allocation_->OnAudience(present);
  return allocation_->any() != was_active;
}

PublishedLayers::UplinkChange PublishedLayers::OnUplink(
    std::optional<std::uint32_t> bits_per_second, TimePoint now) {
  const std::string layers_before = allocation_->Describe();
  if (!allocation_->OnUplink(bits_per_second, now)) return UplinkChange::kNone;
  const bool was_limited = std::exchange(uplink_limits_, bits_per_second.has_value());
  const bool news = allocation_->Describe() != layers_before || was_limited != uplink_limits_;
  return news ? UplinkChange::kNews : UplinkChange::kBitrates;
}

}  // namespace ingress::pipeline
