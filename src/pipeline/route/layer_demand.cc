#include "pipeline/route/layer_demand.h"

namespace ingress::pipeline {

void LayerDemand::OnAudience(bool present) {
  if (!heard_) active_.assign(active_.size(), present);
}

void LayerDemand::OnDemand(const std::vector<bool>& wanted) {
  heard_ = true;
  for (std::size_t layer = 0; layer < active_.size(); ++layer) {
    active_[layer] = layer < wanted.size() && wanted[layer];
  }
}

}  // namespace ingress::pipeline
