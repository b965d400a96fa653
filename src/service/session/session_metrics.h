#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/input_kind.h"
#include "domain/route.h"
#include "ingress_ipc.pb.h"
#include "observability/metrics.h"
#include "service/session/reception_metrics.h"

namespace ingress::service {

/// What the sessions of this node do, summed up. Labels come from lists of ours: what a peer says
/// never makes a series.
class SessionMetrics {
 public:
  explicit SessionMetrics(observability::MetricsRegistry& registry);

  /// Shows the series of an input, before it has sessions.
  void AddInput(InputKind kind);

  /// A handler's counters; `before` are its last ones, empty for its first.
  void OnCounters(const ipc::Counters& before, const ipc::Counters& counters);

  /// The delay of a session that is published, every second.
  void OnDelay(InputKind kind, const ipc::Counters& counters);

  /// What an encoder has sent: coded media, in bytes.
  void OnMedia(std::size_t bytes) { received_.Increment(static_cast<double>(bytes)); }

  /// Messages that a handler was too slow to take; `before` and `now`: since its session's start.
  void OnRelayDrops(std::uint64_t before, std::uint64_t now);

  /// How a session came to another connection of its encoder, or to another encoder.
  enum class Change { kReconnect, kTakeover, kHandOver };
  void CountChange(Change change);

  /// The result of a call that we made or answered: "ok" or a psrpc code.
  void CountRpc(std::string_view method, std::string_view code);

  /// The largest skew and delay of the sessions' inputs now, and who they are; to be set before the
  /// metrics are read.
  void ClearInputDelays();
  void AddInputDelays(const ipc::Counters& counters);

  /// Sessions on each route now; to be set before the metrics are read.
  void ClearRoutes();
  void AddRoute(std::optional<Route> route);  // empty: not known yet

  /// The same for sessions with each warning.
  void ClearWarnings();
  void AddWarnings(const ipc::State& state);

 private:
  prometheus::Histogram& DelayOf(InputKind kind);

  prometheus::Family<prometheus::Gauge>& routes_;
  prometheus::Family<prometheus::Gauge>& warnings_;
  prometheus::Family<prometheus::Counter>& packets_;
  prometheus::Family<prometheus::Counter>& bytes_;
  prometheus::Family<prometheus::Counter>& key_frame_requests_;
  prometheus::Family<prometheus::Counter>& retransmitted_;
  prometheus::Family<prometheus::Counter>& drops_;
  prometheus::Family<prometheus::Counter>& rpcs_;
  prometheus::Counter& received_;
  prometheus::Family<prometheus::Counter>& changes_;
  prometheus::Family<prometheus::Histogram>& delays_;
  prometheus::Family<prometheus::Gauge>& skews_;
  prometheus::Gauge& video_behind_;
  prometheus::Gauge& audio_behind_;
  prometheus::Gauge& input_behind_;
  ReceptionMetrics reception_;
};

}  // namespace ingress::service
