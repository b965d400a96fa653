#include "ingress/admission.h"

#include <algorithm>

namespace ingress {
namespace {

constexpr double kLowestBelievableCost = 0.02;  // cores: a stream that is passed through

double Usable(double cores, const AdmissionLimits& limits) {
  return std::max(0.0, cores * (1 - std::clamp(limits.reserve, 0.0, 1.0)));
}

}  // namespace

double DefaultCost(double cores, const AdmissionLimits& limits) {
  return std::min(kFullLadderCost, Usable(cores, limits) / 2);
}

Capacity CountCapacity(double cores, std::span<const SessionLoad> sessions,
                       const AdmissionLimits& limits) {
  Capacity capacity{.cores = cores,
                    .needed = limits.configured_cost.value_or(DefaultCost(cores, limits)),
                    .free = Usable(cores, limits)};
  for (const SessionLoad& session : sessions) {
    capacity.free -= session.settled ? session.cores : std::max(session.cores, capacity.needed);
  }
  return capacity;
}

std::expected<Capacity, Failure> Admit(double cores, std::span<const SessionLoad> sessions,
                                       const AdmissionLimits& limits) {
  const Capacity capacity = CountCapacity(cores, sessions, limits);
  if (capacity.free > 0 && capacity.free >= capacity.needed) return capacity;
  return std::unexpected(NoCapacityFailure(capacity.needed, capacity.free, cores));
}

std::optional<std::string> CostWarning(double cores, const AdmissionLimits& limits) {
  if (!limits.configured_cost) return std::nullopt;
  if (*limits.configured_cost > Usable(cores, limits)) {
    return "cpu_cost.rtmp_cpu_cost is more than this node can give to streams: it will refuse all "
           "of them. Lower it, or leave it out.";
  }
  if (*limits.configured_cost < kLowestBelievableCost) {
    return "cpu_cost.rtmp_cpu_cost is next to nothing: many streams that start at once can "
           "overload this node. Leave it out for a safe value.";
  }
  return std::nullopt;
}

}  // namespace ingress
