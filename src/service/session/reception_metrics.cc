#include "service/session/reception_metrics.h"

#include <algorithm>
#include <string>

namespace ingress::service {
namespace {

constexpr double kMillisecondsPerSecond = 1000;

struct Count {
  std::string_view name;  // of the label
  std::uint64_t (ipc::Reception::*of)() const;
};
constexpr std::array kPackets = {Count{"received", &ipc::Reception::packets},
                                 Count{"lost", &ipc::Reception::lost},
                                 Count{"repaired", &ipc::Reception::repaired}};
constexpr std::array kFeedback = {Count{"nack", &ipc::Reception::nacks},
                                  Count{"key_frame_request", &ipc::Reception::key_frame_requests},
                                  Count{"transport_cc", &ipc::Reception::transport_feedback},
                                  Count{"remb", &ipc::Reception::max_bitrates}};

// A counter that is below its last value has begun anew.
double Growth(std::uint64_t before, std::uint64_t now) {
  return static_cast<double>(now >= before ? now - before : now);
}

void Raise(prometheus::Gauge& gauge, double milliseconds) {
  gauge.Set(std::max(gauge.Value(), milliseconds / kMillisecondsPerSecond));
}

}  // namespace

ReceptionMetrics::ReceptionMetrics(observability::MetricsRegistry& registry)
    : packets_(registry.AddCounter(
          "livekit_ingress_whip_packets_total",
          "RTP packets of WHIP clients: that came, that never came or too late, and that came "
          "because they were asked for.")),
      feedback_(registry.AddCounter("livekit_ingress_whip_feedback_total",
                                    "RTCP messages that were sent to WHIP clients, by kind.")),
      clients_(registry.AddGauge("livekit_ingress_whip_clients",
                                 "WHIP clients that are connected, by the way of their media.")),
      jitter_(registry
                  .AddGauge("livekit_ingress_whip_jitter_seconds",
                            "Interarrival jitter of a WHIP client, the largest of the sessions.")
                  .Add({})),
      repair_(registry
                  .AddGauge("livekit_ingress_whip_repair_seconds",
                            "Time from the NACK to the packet, the largest of the sessions.")
                  .Add({})),
      round_trip_(registry
                      .AddGauge("livekit_ingress_whip_round_trip_seconds",
                                "Round trip to a WHIP client that tells it, the largest of the "
                                "sessions.")
                      .Add({})) {
  OnReception({}, {});
  Clear();
}

void ReceptionMetrics::OnReception(const ipc::Reception& before, const ipc::Reception& now) {
  for (const Count& count : kPackets) {
    packets_.Add({{"result", std::string(count.name)}})
        .Increment(Growth((before.*count.of)(), (now.*count.of)()));
  }
  for (const Count& count : kFeedback) {
    feedback_.Add({{"kind", std::string(count.name)}})
        .Increment(Growth((before.*count.of)(), (now.*count.of)()));
  }
}

void ReceptionMetrics::Clear() {
  clients_.Add({{"protocol", "udp"}}).Set(0);
  clients_.Add({{"protocol", "tcp"}}).Set(0);
  jitter_.Set(0);
  repair_.Set(0);
  round_trip_.Set(0);
}

void ReceptionMetrics::Add(const ipc::Reception& reception) {
  if (reception.path() == ipc::Reception::NONE) return;
  const bool tcp = reception.path() == ipc::Reception::TCP;
  clients_.Add({{"protocol", tcp ? "tcp" : "udp"}}).Increment();
  Raise(jitter_, reception.jitter_ms());
  Raise(repair_, reception.repair_ms());
  Raise(round_trip_, reception.round_trip_ms());
}

}  // namespace ingress::service
