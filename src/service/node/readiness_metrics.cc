#include "service/node/readiness_metrics.h"

#include <string>

namespace ingress::service {

ReadinessMetrics::ReadinessMetrics(observability::MetricsRegistry& registry)
    : clock_offset_(registry
                        .AddGauge("livekit_ingress_clock_offset_seconds",
                                  "How far this node's clock is ahead of livekit-server's, to the "
                                  "second.")
                        .Add({})),
      can_transcode_(registry
                         .AddGauge("livekit_ingress_can_transcode",
                                   "1 when video can be encoded here, 0 when only what passes "
                                   "through is taken.")
                         .Add({})) {
  auto& states = registry.AddGauge("livekit_ingress_livekit_server",
                                   "1 for what became of asking livekit-server last.");
  for (std::size_t i = 0; i < sfu_.size(); ++i) {
    const std::string name(ToString(static_cast<SfuState>(i)));
    sfu_.at(i) = &states.Add({{"state", name}});
  }
}

void ReadinessMetrics::SetSfu(const SfuVerdict& verdict) {
  for (std::size_t i = 0; i < sfu_.size(); ++i) {
    sfu_.at(i)->Set(static_cast<SfuState>(i) == verdict.state ? 1 : 0);
  }
  if (verdict.clock_offset) {
    clock_offset_.Set(static_cast<double>(verdict.clock_offset->count()));
  }
}

void ReadinessMetrics::SetCanTranscode(bool can) { can_transcode_.Set(can ? 1 : 0); }

}  // namespace ingress::service
