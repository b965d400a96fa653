#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>

#include "ingress/failure.h"

namespace ingress {

/// What a session costs, as far as known.
struct SessionLoad {
  double cores = 0;      // measured use
  bool settled = false;  // it has run long enough for the measurement to tell its future
};

struct AdmissionLimits {
  /// Cores kept for one session until its own use is known; the operator's value is honoured as
  /// it is. Empty: DefaultCost().
  std::optional<double> configured_cost;
  /// Share of the node that is never given away, 0 to 1: bursts of the sessions that run, and the
  /// service itself.
  double reserve = 0.15;
};

/// What one session is expected to cost at most: kFullLadderCost, a three-layer 1080p ladder, but
/// never more than half of what the node can give away, so that any node takes streams out of the
/// box.
inline constexpr double kFullLadderCost = 2.0;  // cores
double DefaultCost(double cores, const AdmissionLimits& limits);

struct Capacity {
  double cores = 0;   // of the node
  double needed = 0;  // reserved for a new session
  double free = 0;    // not used, not reserved and not kept back; below 0 when overcommitted
};

/// Counts what is left: a session that has not settled takes what it is expected to cost or what it
/// uses already, whichever is more.
Capacity CountCapacity(double cores, std::span<const SessionLoad> sessions,
                       const AdmissionLimits& limits);

/// Whether another session may start, and if not, which numbers say so.
std::expected<Capacity, Failure> Admit(double cores, std::span<const SessionLoad> sessions,
                                       const AdmissionLimits& limits);

/// A sentence for the log at start-up when the configured cost means that this node never takes a
/// stream, or is so low that it cannot be true; empty when all is well.
std::optional<std::string> CostWarning(double cores, const AdmissionLimits& limits);

}  // namespace ingress
