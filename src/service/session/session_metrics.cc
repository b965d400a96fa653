#include "service/session/session_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "domain/warning.h"
#include "ipc/wire.h"
#include "service/session/drop_reasons.h"

namespace ingress::service {
namespace {

constexpr std::string_view kNoRoute = "none";  // not yet
constexpr std::array kRoutes = {Route::kPassThrough, Route::kHybrid, Route::kBridge, Route::kLadder,
                                Route::kIdle};
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

/// What was counted of a sender; nothing where it is new.
ipc::SenderCounters Find(const ipc::Counters& counters, ipc::Sender sender) {
  const auto found = std::ranges::find_if(
      counters.senders(), [sender](const auto& one) { return one.sender() == sender; });
  return found == counters.senders().end() ? ipc::SenderCounters() : *found;
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
                        .Add({})),
      reception_(registry) {}

void SessionMetrics::AddInput(InputKind kind) { DelayOf(kind); }

prometheus::Histogram& SessionMetrics::DelayOf(InputKind kind) {
  return delays_.Add({{"ingress_type", ::livekit::IngressInput_Name(Traits(kind).livekit)}},
                     DelayBuckets());
}

void SessionMetrics::OnCounters(const ipc::Counters& before, const ipc::Counters& counters) {
  for (const auto& sender : counters.senders()) {
    const ipc::SenderCounters last = Find(before, sender.sender());
    const prometheus::Labels labels{{"layer", std::string(ipc::NameOf(sender.sender()))}};
    packets_.Add(labels).Increment(Growth(last.packets(), sender.packets()));
    bytes_.Add(labels).Increment(Growth(last.octets(), sender.octets()));
    key_frame_requests_.Add(labels).Increment(
        Growth(last.key_frame_requests(), sender.key_frame_requests()));
    retransmitted_.Add(labels).Increment(Growth(last.retransmitted(), sender.retransmitted()));
  }
  for (const DropReason& reason : kDropReasons) {
    drops_.Add({{"reason", std::string(reason.name)}})
        .Increment(Growth((before.drops().*reason.count)(), (counters.drops().*reason.count)()));
  }
  reception_.OnReception(before.reception(), counters.reception());
  received_.Increment(Growth(before.reception().bytes(), counters.reception().bytes()));
}

void SessionMetrics::OnDelay(InputKind kind, const ipc::Counters& counters) {
  DelayOf(kind).Observe(std::max(0.0, counters.delay_ms()) / kMillisecondsPerSecond);
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
  reception_.Clear();
}

void SessionMetrics::AddInputDelays(const ipc::Counters& counters) {
  const double seconds = counters.av_skew_ms() / kMillisecondsPerSecond;
  prometheus::Gauge& gauge = seconds > 0 ? video_behind_ : audio_behind_;
  gauge.Set(std::max(gauge.Value(), std::abs(seconds)));
  const double behind = counters.input_behind_ms() / kMillisecondsPerSecond;
  input_behind_.Set(std::max(input_behind_.Value(), behind));
  reception_.Add(counters.reception());
}

void SessionMetrics::ClearRoutes() {
  routes_.Add({{"route", std::string(kNoRoute)}}).Set(0);
  for (const Route route : kRoutes) routes_.Add({{"route", std::string(ToString(route))}}).Set(0);
}

void SessionMetrics::AddRoute(std::optional<Route> route) {
  routes_.Add({{"route", std::string(route ? ToString(*route) : kNoRoute)}}).Increment();
}

void SessionMetrics::ClearWarnings() {
  for (const WarningTraits& traits : AllWarnings()) {
    warnings_.Add({{"code", std::string(traits.name)}}).Set(0);
  }
}

void SessionMetrics::AddWarnings(const ipc::State& state) {
  for (const auto& warning : state.warnings()) {
    if (const auto code = WarningCodeOf(warning.code())) {
      warnings_.Add({{"code", std::string(Traits(*code).name)}}).Increment();
    }
  }
}

}  // namespace ingress::service
