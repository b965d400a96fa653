#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ingress::observability {

enum class InputType : std::uint8_t { kRtmp, kWhip, kUrl };
enum class Transcodes : std::uint8_t { kYes, kNo };
enum class PublishStatus : std::uint8_t { kSuccess, kClientError, kServerError, kInternal };
enum class HandlerState : std::uint8_t { kWarm, kBusy };

/// Label names and values; the Go service's where it has them.
struct LabelText {
  std::string_view name;
  std::string_view value;
};
LabelText Label(InputType value);      // type: rtmp, whip, url
LabelText Label(Transcodes value);     // transcoding: true, false
LabelText Label(PublishStatus value);  // status: success, 4xx, 5xx, internal
LabelText Label(HandlerState value);   // state: warm, busy

/// A family whose label values come from enums, so that the number of its series is bounded.
template <typename Metric, typename... Labels>
class Family {
 public:
  explicit Family(prometheus::Family<Metric>& family) : family_(&family) {}

  /// The series with these labels, made on first use; valid as long as the registry.
  Metric& At(Labels... labels) {
    prometheus::Labels map;
    (map.emplace(Label(labels).name, Label(labels).value), ...);
    return family_->Add(map);
  }

 private:
  prometheus::Family<Metric>* family_;
};

/// Holds all metrics of a process and writes them in Prometheus' text format 0.0.4.
/// Any thread: values are atomic, the registry locks itself.
class MetricsRegistry {
 public:
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  /// `node_id` becomes a label of every metric, as in the Go service.
  explicit MetricsRegistry(std::string node_id);

  /// `extra`: further constant labels.
  prometheus::Family<prometheus::Counter>& AddCounter(const std::string& name,
                                                      const std::string& help,
                                                      prometheus::Labels extra = {});
  prometheus::Family<prometheus::Gauge>& AddGauge(const std::string& name, const std::string& help,
                                                  prometheus::Labels extra = {});
  prometheus::Family<prometheus::Histogram>& AddHistogram(const std::string& name,
                                                          const std::string& help,
                                                          prometheus::Labels extra = {});

  /// Everything registered, and the figures of this process (process_…, as Prometheus' own client
  /// libraries name them), ready for an HTTP body.
  std::string Serialize() const;

 private:
  prometheus::Labels WithNodeId(prometheus::Labels labels) const;

  std::string node_id_;
  prometheus::Registry registry_;
};

/// The service's metrics. A module that needs more declares a struct of its own like this one.
struct ServiceMetrics {
  explicit ServiceMetrics(MetricsRegistry& registry);

  prometheus::Gauge& node_cpu_load;  // livekit_node_cpu_load: busy share of the node, 0 to 1
  prometheus::Gauge& available;      // livekit_ingress_available: 1 when it takes another session
  prometheus::Gauge& redis_up;       // livekit_ingress_redis_up
  prometheus::Gauge& connections_limit;  // livekit_ingress_connections_limit
  prometheus::Counter& accept_failures;  // livekit_ingress_accept_failures_total
  Family<prometheus::Gauge, InputType, Transcodes> requests;  // livekit_ingress_requests: active
  Family<prometheus::Counter, InputType, PublishStatus> publish_status;
  Family<prometheus::Gauge, HandlerState> handlers;  // livekit_ingress_handlers
  prometheus::Counter& handler_restarts;             // livekit_ingress_handler_restarts_total

  /// livekit_ingress_loop_turn_seconds{span}: how long the event loop has kept others waiting at
  /// most, in the last minute and since the start.
  void SetLoopTurn(std::chrono::nanoseconds minute, std::chrono::nanoseconds run);

  /// livekit_ingress_log_lines_dropped_total, since the start.
  void SetLogLinesDropped(std::uint64_t lines);

  /// Counts a failure under its stable code (livekit_ingress_failures_total{code}); `code` must
  /// come from the catalogue, never from a peer.
  void CountFailure(std::string_view code);

 private:
  prometheus::Family<prometheus::Counter>& failures_;
  prometheus::Counter& log_lines_dropped_;
  prometheus::Gauge& loop_turn_minute_;
  prometheus::Gauge& loop_turn_run_;
};

}  // namespace ingress::observability
