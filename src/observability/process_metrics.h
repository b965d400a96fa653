#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace ingress::observability {

/// What the kernel says about this process, read from /proc/self at the call, under the names that
/// Prometheus' own client libraries use: CPU seconds, resident and virtual memory, open files,
/// threads, start time. What cannot be read is left out.
std::vector<prometheus::MetricFamily> CollectProcessMetrics(const prometheus::ClientMetric& labels);

}  // namespace ingress::observability
