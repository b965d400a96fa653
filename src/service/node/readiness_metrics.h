#pragma once

#include <array>

#include "observability/metrics.h"
#include "service/node/sfu_verdict.h"

namespace ingress::service {

/// What the node has found out about what it needs.
class ReadinessMetrics {
 public:
  explicit ReadinessMetrics(observability::MetricsRegistry& registry);

  void SetSfu(const SfuVerdict& verdict);
  void SetCanTranscode(bool can);

 private:
  std::array<prometheus::Gauge*, kSfuStates> sfu_;  // livekit_ingress_livekit_server{state}
  prometheus::Gauge& clock_offset_;                 // livekit_ingress_clock_offset_seconds
  prometheus::Gauge& can_transcode_;                // livekit_ingress_can_transcode
};

}  // namespace ingress::service
