#include "service/session/session_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "domain/warning.h"

namespace ingress::service {
namespace {

constexpr std::array<std::string_view, 7> kRoutes = {"pass-through", "hybrid", "bridge", "ladder",
                                                     "idle",         "none",   "other"};
constexpr std::array<std::string_view, 5> kLayers = {"low", "medium", "high", "audio", "other"};
constexpr std::array<std::string_view, 17> kCodes = {
    "ok",        "canceled",         "malformed_request",   "malformed_result",
    "unknown",   "invalid_argument", "deadline_exceeded",   "unavailable",
    "not_found", "already_exists",   "permission_denied",   "resource_exhausted",
    "internal",  "aborted",          "failed_precondition", "unimplemented",
    "other"};

constexpr double kFirstBucket = 0.005;  // seconds; each further one is twice as long
constexpr int kBuckets = 12;
constexpr double kMillisecondsPerSecond = 1000;

template <std::size_t kCount>
std::string OneOf(const std::array<std::string_view, kCount>& names, std::string_view name) {
  return std::string(std::ranges::find(names, name) != names.end() ? name : names.back());
}

prometheus::Histogram::BucketBoundaries DelayBuckets() {
  prometheus::Histogram::BucketBoundaries buckets;
  double bound = kFirstBucket;
  for (int i = 0; i < kBuckets; ++i, bound *= 2) buckets.push_back(bound);
  return buckets;
}

const ipc::LayerReport* Find(const ipc::Report& report, const std::string& quality) {
  const auto found = std::ranges::find_if(
      report.layers(), [&](const auto& layer) { return layer.quality() == quality; });
  return found == report.layers().end() ? nullptr : &*found;
}

// A counter that is below its last value has begun anew.
double Growth(std::uint64_t before, std::uint64_t now) {
  return static_cast<double>(now >= before ? now - before : now);
}

}  // namespace

SessionMetrics::SessionMetrics(observability::MetricsRegistry& registry)
    : routes_(
          registry.AddGauge("livekit_ingress_sessions", "Sessions, by the way of their video.")),
      warnings_(registry.AddGauge("livekit_ingress_warnings",
                                  "Sessions that go on although something is wrong, by cause.")),
      packets_(
          registry.AddCounter("livekit_ingress_sent_packets_total", "RTP packets sent, by layer.")),
      bytes_(
          registry.AddCounter("livekit_ingress_sent_bytes_total", "RTP payload sent, by layer.")),
      key_frame_requests_(registry.AddCounter("livekit_ingress_key_frame_requests_total",
                                              "PLI and FIR received, by layer.")),
      retransmitted_(registry.AddCounter("livekit_ingress_retransmitted_packets_total",
                                         "Packets sent again after a NACK, by layer.")),
      drops_(registry.AddCounter("livekit_ingress_drops_total",
                                 "Messages of encoders that were left out, by reason.")),
      rpcs_(registry.AddCounter("livekit_ingress_rpc_total",
                                "Calls over Redis, made and answered, by method and result.")),
      received_(registry
                    .AddCounter("livekit_ingress_received_bytes_total",
                                "Media that encoders have sent, without what carries it.")
                    .Add({})),
      changes_(registry.AddCounter(
          "livekit_ingress_encoder_changes_total",
          "Sessions that went on with another connection: of an encoder that came back, of one "
          "that took over, or on another node.")),
      delays_(registry.AddHistogram("livekit_ingress_packet_latency_seconds",
                                    "Delay of the picture inside the ingress.",
                                    {{"track", "input.video"}})),
      skews_(
          registry.AddGauge("livekit_ingress_av_skew_seconds",
                            "By how much one track of an encoder comes later than the other, the "
                            "largest of the sessions.")),
      video_behind_(skews_.Add({{"late", "video"}})),
      audio_behind_(skews_.Add({{"late", "audio"}})),
      input_behind_(registry
                        .AddGauge("livekit_ingress_input_behind_seconds",
                                  "How much later than at its best the media of an encoder comes, "
                                  "the largest of the sessions.")
                        .Add({})) {}

void SessionMetrics::AddInput(InputKind kind) { DelayOf(kind); }

prometheus::Histogram& SessionMetrics::DelayOf(InputKind kind) {
  return delays_.Add({{"ingress_type", ::livekit::IngressInput_Name(Traits(kind).livekit)}},
                     DelayBuckets());
}

void SessionMetrics::OnReport(InputKind kind, const ipc::Report& before,
                              const ipc::Report& report) {
  static const ipc::LayerReport kNothing;
  for (const auto& layer : report.layers()) {
    const ipc::LayerReport* found = Find(before, layer.quality());
    const ipc::LayerReport& last = found != nullptr ? *found : kNothing;
    const prometheus::Labels labels{{"layer", OneOf(kLayers, layer.quality())}};
    packets_.Add(labels).Increment(Growth(last.packets(), layer.packets()));
    bytes_.Add(labels).Increment(Growth(last.octets(), layer.octets()));
    key_frame_requests_.Add(labels).Increment(
        Growth(last.key_frame_requests(), layer.key_frame_requests()));
    retransmitted_.Add(labels).Increment(Growth(last.retransmitted(), layer.retransmitted()));
  }
  for (const auto& [reason, count] : report.drops()) {
    const auto last = before.drops().find(reason);
    const std::uint64_t counted = last == before.drops().end() ? 0 : last->second;
    drops_.Add({{"reason", reason}}).Increment(Growth(counted, count));
  }
  if (report.publishing()) DelayOf(kind).Observe(report.delay_ms() / kMillisecondsPerSecond);
}

void SessionMetrics::OnRelayDrops(std::uint64_t before, std::uint64_t now) {
  if (now != before) drops_.Add({{"reason", "handler_behind"}}).Increment(Growth(before, now));
}

void SessionMetrics::CountChange(Change change) {
  constexpr std::array<const char*, 3> kKinds = {"reconnect", "takeover", "hand_over"};
  changes_.Add({{"kind", kKinds.at(static_cast<std::size_t>(change))}}).Increment();
}

void SessionMetrics::CountRpc(std::string_view method, std::string_view code) {
  rpcs_.Add({{"method", std::string(method)}, {"code", OneOf(kCodes, code)}}).Increment();
}

void SessionMetrics::ClearInputDelays() {
  video_behind_.Set(0);
  audio_behind_.Set(0);
  input_behind_.Set(0);
}

void SessionMetrics::AddInputDelays(const ipc::Report& report) {
  const double seconds = report.av_skew_ms() / kMillisecondsPerSecond;
  prometheus::Gauge& gauge = seconds > 0 ? video_behind_ : audio_behind_;
  gauge.Set(std::max(gauge.Value(), std::abs(seconds)));
  const double behind = report.input_behind_ms() / kMillisecondsPerSecond;
  input_behind_.Set(std::max(input_behind_.Value(), behind));
}

void SessionMetrics::ClearRoutes() {
  for (const std::string_view route : kRoutes) {
    routes_.Add({{"route", std::string(route)}}).Set(0);
  }
}

void SessionMetrics::AddRoute(std::string_view route) {
  const std::string name = route.empty() ? "none" : OneOf(kRoutes, route);
  routes_.Add({{"route", name}}).Increment();
}

void SessionMetrics::ClearWarnings() {
  for (const WarningTraits& traits : AllWarnings()) {
    warnings_.Add({{"code", std::string(traits.name)}}).Set(0);
  }
}

void SessionMetrics::AddWarnings(const ipc::Report& report) {
  for (const auto& warning : report.warnings()) {
    if (const auto code = ParseWarningCode(warning.code())) {
      warnings_.Add({{"code", std::string(Traits(*code).name)}}).Increment();
    }
  }
}

}  // namespace ingress::service
