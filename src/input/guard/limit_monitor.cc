#include "input/guard/limit_monitor.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace ingress::input {
namespace {

constexpr std::chrono::seconds kWindow{10};
constexpr int kStrangerLines = 20;  // in a window

prometheus::Gauge& AddConnections(observability::MetricsRegistry& registry,
                                  const std::string& key) {
  return registry
      .AddGauge("livekit_ingress_connections",
                "RTMP connections, by whether a valid stream key was shown.")
      .Add({{"key", key}});
}

}  // namespace

LimitMonitor::LimitMonitor(observability::MetricsRegistry& registry, observability::Logger logger)
    : logger_(std::move(logger)),
      strangers_(AddConnections(registry, "none")),
      keyed_(AddConnections(registry, "valid")),
      buffered_bytes_(registry
                          .AddGauge("livekit_ingress_stranger_bytes",
                                    "Memory kept for connections without a valid stream key.")
                          .Add({})),
      lines_(kStrangerLines, kWindow) {
  auto& strikes = registry.AddCounter(
      "livekit_ingress_limit_strikes_total",
      "Times that a limit on peers without a valid stream key has struck, by limit.");
  for (int i = 0; i < kLimits; ++i) {
    const std::string name(Traits(static_cast<Limit>(i)).name);
    kinds_.push_back({.throttle = observability::LineThrottle(1, kWindow),
                      .strikes = &strikes.Add({{"limit", name}})});
  }
}

void LimitMonitor::Strike(Limit limit, std::string_view peer, TimePoint now) {
  const LimitTraits& traits = Traits(limit);
  Kind& kind = kinds_.at(static_cast<std::size_t>(limit));
  kind.strikes->Increment();
  kind.peer = peer;
  if (!kind.throttle.Allow(now)) return;
  logger_.Warn(traits.message, {{"limit", traits.name},
                                {"count", std::uint64_t{1}},
                                {observability::field::kPeer, peer},
                                {"remedy", traits.remedy}});
}

void LimitMonitor::SetConnections(std::size_t strangers, std::size_t keyed,
                                  std::size_t buffered_bytes) {
  strangers_.Set(static_cast<double>(strangers));
  keyed_.Set(static_cast<double>(keyed));
  buffered_bytes_.Set(static_cast<double>(buffered_bytes));
}

void LimitMonitor::Tell(TimePoint now) {
  for (int i = 0; i < kLimits; ++i) {
    Kind& kind = kinds_.at(static_cast<std::size_t>(i));
    const std::uint64_t count = kind.throttle.TakeLeftOut(now);
    if (count == 0) continue;
    const LimitTraits& traits = Traits(static_cast<Limit>(i));
    logger_.Warn(traits.message, {{"limit", traits.name},
                                  {"count", count},
                                  {observability::field::kPeer, kind.peer},
                                  {"remedy", traits.remedy}});
  }
  if (const std::uint64_t count = lines_.TakeLeftOut(now); count > 0) {
    logger_.Warn("lines about connections without a valid stream key were left out",
                 {{"count", count}});
  }
}

}  // namespace ingress::input
