// What Service shows to Prometheus.
#include <algorithm>
#include <map>
#include <string>

#include "service/service.h"
#include "service/session/input_label.h"

namespace ingress::service {

/// The part of the node that is in use, by us or by others.
double Service::CpuLoad() const {
  double own = 0;
  for (const auto& [resource_id, session] : sessions_.all()) own += session->load().cores;
  const double used = std::max(own, node_.cores() - node_.idle().value_or(node_.cores()));
  return std::clamp(used / node_.cores(), 0.0, 1.0);
}

net::HttpResponse Service::AnswerMetrics() {
  const NodeStatus status = Status();
  const bool available =
      status.redis_ok && status.sfu_ok && !status.draining && status.has_capacity;
  metrics_.available.Set(available ? 1 : 0);
  metrics_.redis_up.Set(status.redis_ok ? 1 : 0);
  metrics_.connections_limit.Set(static_cast<double>(config_.limits.connections));
  metrics_.SetLogLinesDropped(logger_.dropped_lines());
  SetSessionMetrics();
  SetInputMetrics();
  metrics_.node_cpu_load.Set(CpuLoad());
  readiness_metrics_.SetSfu(sfu_.watch().verdict());
  readiness_metrics_.SetCanTranscode(handlers_.cannot_encode().h264.empty());
  metrics_.SetLoopTurn(watchdog_.turns().recent(Clock::now()), watchdog_.turns().longest());
  metrics_.handlers.At(observability::HandlerState::kWarm)
      .Set(static_cast<double>(handlers_.warm()));
  metrics_.handlers.At(observability::HandlerState::kBusy)
      .Set(static_cast<double>(sessions_.size()));
  return {.status = 200,
          .content_type = std::string(observability::MetricsRegistry::kContentType),
          .body = registry_.Serialize()};
}

void Service::SetSessionMetrics() {
  session_metrics_.ClearRoutes();
  session_metrics_.ClearInputDelays();
  session_metrics_.ClearWarnings();
  std::map<InputKind, std::size_t> transcoding;
  std::map<InputKind, std::size_t> passing;
  for (const auto& [resource_id, session] : sessions_.all()) {
    const std::optional<Route> route = session->route();
    session_metrics_.AddRoute(route);
    session_metrics_.AddInputDelays(session->counters());
    session_metrics_.AddWarnings(session->media_state());
    const bool transcodes = route != Route::kPassThrough && route != Route::kIdle;
    ++(transcodes ? transcoding : passing)[session->kind()];
  }
  for (const auto& input : inputs_) {
    const auto label = LabelOf(input->kind());
    metrics_.requests.At(label, observability::Transcodes::kYes)
        .Set(static_cast<double>(transcoding[input->kind()]));
    metrics_.requests.At(label, observability::Transcodes::kNo)
        .Set(static_cast<double>(passing[input->kind()]));
  }
}

void Service::SetInputMetrics() {
  std::size_t strangers = 0;
  std::size_t encoders = 0;
  std::size_t buffered_bytes = 0;
  for (const auto& input : inputs_) {
    const auto traffic = input->traffic(Clock::now());
    strangers += traffic.strangers;
    encoders += traffic.encoders;
    buffered_bytes += traffic.buffered_bytes;
  }
  limits_.SetConnections(strangers, encoders, buffered_bytes);
}

}  // namespace ingress::service
