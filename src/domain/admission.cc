#include "domain/admission.h"

#include <algorithm>

namespace ingress {
namespace {

constexpr double kLowestBelievableCost = 0.02;  // cores: a stream that is passed through

constexpr double kShareOfPassThrough = 0.1;
constexpr double kShareOfHybrid = 0.5;

double Usable(double cores, const AdmissionLimits& limits) {
  return std::max(0.0, cores * (1 - std::clamp(limits.reserve, 0.0, 1.0)));
}

/// Of a session whose own use is not known yet: a source with large pictures takes more than others
/// where it is decoded.
std::uint64_t ExpectedMemory(const SessionLoad& session, const AdmissionLimits& limits) {
  const std::uint64_t decoder = session.share > kShareOfPassThrough ? session.decoder_memory : 0;
  if (decoder == 0) return limits.memory_per_session;
  return std::max(limits.memory_per_session, limits.memory_beside_decoder + decoder);
}

}  // namespace

double DefaultCost(double cores, const AdmissionLimits& limits) {
  return std::min(kFullLadderCost, Usable(cores, limits) / 2);
}

double ShareOfRoute(std::optional<Route> route) {
  switch (route.value_or(Route::kLadder)) {
    case Route::kPassThrough:
    case Route::kIdle:
      return kShareOfPassThrough;
    case Route::kHybrid:
    case Route::kBridge:
      return kShareOfHybrid;
    case Route::kLadder:
      break;
  }
  return 1;
}

Capacity CountCapacity(const NodeResources& node, std::span<const SessionLoad> sessions,
                       const AdmissionLimits& limits) {
  Capacity capacity{.cores = node.cores,
                    .needed = limits.configured_cost.value_or(DefaultCost(node.cores, limits)),
                    .free = Usable(node.cores, limits),
                    .memory_needed = limits.memory_per_session,
                    .memory_free = static_cast<std::int64_t>(node.memory_free) -
                                   static_cast<std::int64_t>(static_cast<double>(node.memory) *
                                                             limits.memory_reserve),
                    .counts_memory = node.memory != 0,
                    .sessions = sessions.size()};
  capacity.counts_idle = node.idle.has_value();
  capacity.idle = node.idle.value_or(0);
  capacity.idle_left = capacity.idle - (node.cores - Usable(node.cores, limits));
  capacity.idle_needed = limits.configured_cost.value_or(capacity.needed * kShareOfPassThrough);
  for (const SessionLoad& session : sessions) {
    const double expected = session.settled ? 0 : capacity.needed * session.share;
    capacity.free -= std::max(session.cores, expected);
    // What it uses already is idle no more.
    capacity.idle_left -= std::max(0.0, expected - session.cores);
    // What it uses already is gone from memory_free.
    const std::uint64_t memory = ExpectedMemory(session, limits);
    if (session.settled || session.memory >= memory) continue;
    capacity.memory_free -= static_cast<std::int64_t>(memory - session.memory);
  }
  return capacity;
}

std::expected<Capacity, Failure> Admit(const NodeResources& node,
                                       std::span<const SessionLoad> sessions,
                                       const AdmissionLimits& limits) {
  const Capacity capacity = CountCapacity(node, sessions, limits);
  if (limits.max_sessions && sessions.size() >= *limits.max_sessions) {
    return std::unexpected(TooManySessionsFailure(*limits.max_sessions));
  }
  if (capacity.free <= 0 || capacity.free < capacity.needed) {
    return std::unexpected(
        NoCapacityFailure(limits.input, capacity.needed, capacity.free, node.cores));
  }
  if (capacity.counts_idle &&
      (capacity.idle_left <= 0 || capacity.idle_left < capacity.idle_needed)) {
    return std::unexpected(NodeBusyFailure(capacity.idle, node.cores));
  }
  if (capacity.counts_memory &&
      capacity.memory_free < static_cast<std::int64_t>(capacity.memory_needed)) {
    return std::unexpected(NoMemoryFailure(capacity.memory_needed, capacity.memory_free));
  }
  return capacity;
}

std::optional<std::string> CostWarning(double cores, const AdmissionLimits& limits) {
  if (!limits.configured_cost) return std::nullopt;
  const std::string key(Traits(limits.input).cost_key);
  if (*limits.configured_cost > Usable(cores, limits)) {
    return key +
           " is more than this node can give to streams: it will refuse all "
           "of them. Lower it, or leave it out.";
  }
  if (*limits.configured_cost < kLowestBelievableCost) {
    return key +
           " is next to nothing: many streams that start at once can "
           "overload this node. Leave it out for a safe value.";
  }
  return std::nullopt;
}

}  // namespace ingress
