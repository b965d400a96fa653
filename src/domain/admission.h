#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/failure.h"
#include "domain/input_kind.h"
#include "domain/route.h"

namespace ingress {

/// Describes what a session costs, as far as known.
struct SessionLoad {
  double cores = 0;      // measured use
  bool settled = false;  // it has run long enough this way for the measurement to tell its future
  /// Until then, its part of what a full session is expected to cost; see ShareOfRoute().
  double share = 1;
  std::uint64_t memory = 0;  // bytes, measured
  /// Bytes that decoding its source takes, by the source's headers; 0: not known.
  std::uint64_t decoder_memory = 0;
};

/// The part of a full ladder's cost that a session on `route` is expected to need: what is passed
/// through costs next to nothing, whatever the source. One that is not known counts as a full
/// ladder.
double ShareOfRoute(std::optional<Route> route);

/// Describes what the node has.
struct NodeResources {
  double cores = 0;
  /// Cores that neither we nor any other program uses; empty: not known, not counted.
  std::optional<double> idle = std::nullopt;
  std::uint64_t memory = 0;       // bytes; 0: not known, not counted
  std::uint64_t memory_free = 0;  // bytes, now
};

inline constexpr double kUsualReserve = 0.15;

struct AdmissionLimits {
  /// What the new session comes by; it says which key of the configuration sets its cost.
  InputKind input = InputKind::kRtmp;
  /// Cores kept for one session until its own use is known; the operator's value is honoured as
  /// it is. Empty: DefaultCost().
  std::optional<double> configured_cost = std::nullopt;
  /// Share of the node that is never given away, 0 to 1: bursts of the sessions that run, and the
  /// service itself. So much of the node has to be idle, too, whoever uses the rest.
  double reserve = kUsualReserve;
  std::optional<std::size_t> max_sessions = std::nullopt;       // empty: as many as fit
  std::uint64_t memory_per_session = std::uint64_t{160} << 20;  // bytes: a 1080p ladder
  /// What a session takes beside the pictures of its decoder, bytes.
  std::uint64_t memory_beside_decoder = std::uint64_t{110} << 20;
  double memory_reserve = 0.05;  // share of the node's, as above
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
  double idle = 0;    // of the node, as measured
  /// What is left of that, likewise. Others use the node too, and what they will need nobody knows:
  /// of this a new session has to find what the cheapest one needs.
  double idle_left = 0;
  double idle_needed = 0;
  bool counts_idle = false;
  std::uint64_t memory_needed = 0;  // bytes, likewise
  std::int64_t memory_free = 0;
  bool counts_memory = false;
  std::size_t sessions = 0;
};

/// Counts what is left: a session that has not settled takes what it is expected to cost or what it
/// uses already, whichever is more.
Capacity CountCapacity(const NodeResources& node, std::span<const SessionLoad> sessions,
                       const AdmissionLimits& limits);

/// Whether another session may start, and if not, which numbers say so and what to change.
std::expected<Capacity, Failure> Admit(const NodeResources& node,
                                       std::span<const SessionLoad> sessions,
                                       const AdmissionLimits& limits);

/// A sentence for the log at start-up when the configured cost means that this node never takes a
/// stream, or is so low that it cannot be true; empty when all is well.
std::optional<std::string> CostWarning(double cores, const AdmissionLimits& limits);

}  // namespace ingress
