#include "observability/metrics.h"

#include <prometheus/text_serializer.h>

#include <iterator>
#include <utility>
#include <vector>

#include "observability/process_metrics.h"

namespace ingress::observability {

LabelText Label(InputType value) {
  switch (value) {
    case InputType::kRtmp:
      return {"type", "rtmp"};
    case InputType::kWhip:
      return {"type", "whip"};
    case InputType::kUrl:
      break;
  }
  return {"type", "url"};
}

LabelText Label(Transcodes value) {
  return {"transcoding", value == Transcodes::kYes ? "true" : "false"};
}

LabelText Label(PublishStatus value) {
  switch (value) {
    case PublishStatus::kSuccess:
      return {"status", "success"};
    case PublishStatus::kClientError:
      return {"status", "4xx"};
    case PublishStatus::kServerError:
      return {"status", "5xx"};
    case PublishStatus::kInternal:
      break;
  }
  return {"status", "internal"};
}

LabelText Label(HandlerState value) {
  return {"state", value == HandlerState::kWarm ? "warm" : "busy"};
}

MetricsRegistry::MetricsRegistry(std::string node_id) : node_id_(std::move(node_id)) {}

prometheus::Labels MetricsRegistry::WithNodeId(prometheus::Labels labels) const {
  labels.emplace("node_id", node_id_);
  return labels;
}

prometheus::Family<prometheus::Counter>& MetricsRegistry::AddCounter(const std::string& name,
                                                                     const std::string& help,
                                                                     prometheus::Labels extra) {
  return prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Labels(WithNodeId(std::move(extra)))
      .Register(registry_);
}

prometheus::Family<prometheus::Gauge>& MetricsRegistry::AddGauge(const std::string& name,
                                                                 const std::string& help,
                                                                 prometheus::Labels extra) {
  return prometheus::BuildGauge()
      .Name(name)
      .Help(help)
      .Labels(WithNodeId(std::move(extra)))
      .Register(registry_);
}

prometheus::Family<prometheus::Histogram>& MetricsRegistry::AddHistogram(const std::string& name,
                                                                         const std::string& help,
                                                                         prometheus::Labels extra) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Labels(WithNodeId(std::move(extra)))
      .Register(registry_);
}

std::string MetricsRegistry::Serialize() const {
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  std::vector<prometheus::MetricFamily> process = CollectProcessMetrics();
  families.insert(families.end(), std::make_move_iterator(process.begin()),
                  std::make_move_iterator(process.end()));
  return prometheus::TextSerializer().Serialize(families);
}

namespace {

prometheus::Gauge& AddLoopTurn(MetricsRegistry& registry, const std::string& span) {
  return registry
      .AddGauge("livekit_ingress_loop_turn_seconds",
                "Longest time that the service's event loop has kept others waiting: in the last "
                "minute, or since the start.")
      .Add({{"span", span}});
}

}  // namespace

ServiceMetrics::ServiceMetrics(MetricsRegistry& registry)
    : node_cpu_load(registry
                        .AddGauge("livekit_node_cpu_load", "Busy share of the node, 0 to 1.",
                                  {{"node_type", "INGRESS"}})
                        .Add({})),
      available(registry
                    .AddGauge("livekit_ingress_available",
                              "1 when the node takes another session, else 0.")
                    .Add({})),
      redis_up(registry
                   .AddGauge("livekit_ingress_redis_up",
                             "1 while Redis answers, else 0: no stream can start.")
                   .Add({})),
      connections_limit(
          registry.AddGauge("livekit_ingress_connections_limit", "Most RTMP connections at a time.")
              .Add({})),
      accept_failures(registry
                          .AddCounter("livekit_ingress_accept_failures_total",
                                      "RTMP connections that the kernel did not hand over, as "
                                      "without file descriptors.")
                          .Add({})),
      requests(registry.AddGauge("livekit_ingress_requests", "Active sessions.")),
      publish_status(registry.AddCounter("livekit_ingress_publish_status",
                                         "Attempts to publish, by how they were answered.")),
      handlers(registry.AddGauge("livekit_ingress_handlers", "Handler processes.")),
      handler_restarts(registry
                           .AddCounter("livekit_ingress_handler_restarts_total",
                                       "Handlers that died and were replaced while the encoder "
                                       "stayed.")
                           .Add({})),
      failures_(registry.AddCounter("livekit_ingress_failures_total",
                                    "Sessions refused or ended, by the failure's code.")),
      log_lines_dropped_(registry
                             .AddCounter("livekit_ingress_log_lines_dropped_total",
                                         "Lines of the log that nobody took in time.")
                             .Add({})),
      loop_turn_minute_(AddLoopTurn(registry, "minute")),
      loop_turn_run_(AddLoopTurn(registry, "run")) {}

void ServiceMetrics::SetLoopTurn(std::chrono::nanoseconds minute, std::chrono::nanoseconds run) {
  loop_turn_minute_.Set(std::chrono::duration<double>(minute).count());
  loop_turn_run_.Set(std::chrono::duration<double>(run).count());
}

void ServiceMetrics::SetLogLinesDropped(std::uint64_t lines) {
  const double more = static_cast<double>(lines) - log_lines_dropped_.Value();
  if (more > 0) log_lines_dropped_.Increment(more);
}

void ServiceMetrics::CountFailure(std::string_view code) {
  failures_.Add({{"code", std::string(code)}}).Increment();
}

}  // namespace ingress::observability
