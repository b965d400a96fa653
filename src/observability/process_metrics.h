#pragma once

#include <prometheus/metric_family.h>

#include <vector>

namespace ingress::observability {

/// What the kernel says about this process, read from /proc/self at the call, under the names that
/// Prometheus' own client libraries use, and like those without labels: CPU seconds, resident and
/// virtual memory, open files and how many may be, threads, start time. What cannot be read is left
/// out.
std::vector<prometheus::MetricFamily> CollectProcessMetrics();

}  // namespace ingress::observability
