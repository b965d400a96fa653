#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "input/guard/limit.h"
#include "observability/line_throttle.h"
#include "observability/logger.h"
#include "observability/metrics.h"

namespace ingress::input {

/// Tells what limits on strangers do: each strike is counted in
/// livekit_ingress_limit_strikes_total{limit}, and written to the log, the first at once, those
/// that follow as one line with their number every ten seconds. So are the lines that strangers
/// cause.
class LimitMonitor {
 public:
  LimitMonitor(observability::MetricsRegistry& registry, observability::Logger logger);

  /// `peer`: who made it strike, for the log.
  void Strike(Limit limit, std::string_view peer, TimePoint now);

  /// Whether a line about one stranger may be written; those that may not are counted.
  bool AllowLine(TimePoint now) { return lines_.Allow(now); }

  /// Connections as they are now; to be set before the metrics are read.
  void SetConnections(std::size_t strangers, std::size_t keyed, std::size_t buffered_bytes);

  /// Writes the numbers that are due; to be called every second.
  void Tell(TimePoint now);

 private:
  struct Kind {
    observability::LineThrottle throttle;
    prometheus::Counter* strikes = nullptr;
    std::string peer = {};  // of the last strike
  };

  observability::Logger logger_;
  prometheus::Gauge& strangers_;
  prometheus::Gauge& keyed_;
  prometheus::Gauge& buffered_bytes_;
  std::vector<Kind> kinds_;  // by limit
  observability::LineThrottle lines_;
};

}  // namespace ingress::input
