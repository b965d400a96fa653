#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "ingress_ipc.pb.h"
#include "observability/metrics.h"

namespace ingress::service {

/// How the packets of WHIP clients arrive at the sessions of this node, summed up.
class ReceptionMetrics {
 public:
  explicit ReceptionMetrics(observability::MetricsRegistry& registry);

  /// What a handler has counted; `before` is what it said last, empty for its first.
  void OnReception(const ipc::Reception& before, const ipc::Reception& now);

  /// The clients that are there, and the largest times of theirs; to be set before the metrics are
  /// read.
  void Clear();
  void Add(const ipc::Reception& reception);

 private:
  prometheus::Family<prometheus::Counter>& packets_;
  prometheus::Family<prometheus::Counter>& feedback_;
  prometheus::Family<prometheus::Gauge>& clients_;
  prometheus::Gauge& jitter_;
  prometheus::Gauge& repair_;
  prometheus::Gauge& round_trip_;
};

}  // namespace ingress::service
