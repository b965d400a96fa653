#include "timing/timeline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace ingress {
namespace {

using namespace std::chrono_literals;

// Bunches of audio are laid out in a row, and the receivers' buffers play them off; video that is
// ahead would wait for its audio.
constexpr SessionTime kMaxAudioAhead = 600ms;
constexpr SessionTime kMaxVideoAhead = 150ms;

/// How many units of the timestamps are a tick of the clock that they claim to count on, when they
/// advance `rate` seconds per second.
double UnitsPerTick(double rate) {
  // 90: a count of 90 kHz, which is MPEG's, as milliseconds.
  constexpr std::array kUnits = {2.0, 10.0, 90.0, 1'000.0, 1e6};
  constexpr double kWithin = 0.3;
  for (const double unit : kUnits) {
    if (std::abs(rate / unit - 1) < kWithin) return unit;
  }
  return 1;
}

}  // namespace

Placed Timeline::Map(Kind kind, const stream::Timestamp& timestamp, SessionTime arrival,
                     SessionTime duration) {
  const Placed placed = PlaceNext(kind, timestamp, arrival, duration);
  auto& newest = newest_[static_cast<std::size_t>(kind)];
  if (!newest) newest = Newest{.timestamp = timestamp, .placed = placed};
  newest->timestamp = timestamp;
  newest->placed = placed;
  if (placed.live) newest->lateness = arrival - placed.time;
  return placed;
}

std::optional<Placed> Timeline::PlaceByNewest(Kind kind, const stream::Timestamp& timestamp,
                                              SessionTime arrival) const {
  const auto& newest = newest_[static_cast<std::size_t>(kind)];
  if (!newest || newest->timestamp.clock != timestamp.clock) return std::nullopt;
  const SessionTime step = stream::TimeBetween(newest->timestamp, timestamp);
  if (abs(step) > kMaxStepFromNewest) return std::nullopt;
  Placed placed = newest->placed;
  placed.media += step;
  if (!placed.by_arrival) placed.time += step;
  placed.live = arrival - placed.time <= newest->lateness + LiveEdge::kMaxLate;
  return placed;
}

Placed Timeline::PlaceNext(Kind kind, const stream::Timestamp& timestamp, SessionTime arrival,
                           SessionTime duration) {
  const bool follows =
      check_.Follows(kind, {.timestamp = timestamp, .arrival = arrival, .duration = duration});
  auto& by_arrival = Of(kind);
  if (!follows) {
    if (!by_arrival) BeginByArrival(kind, arrival);
    const SessionTime time = by_arrival->Next(arrival, duration);
    edge_.PassBy(kind, time);
    return {.time = time, .media = edge_.Due(time), .live = true, .by_arrival = true};
  }
  if (by_arrival) {
    clock_.Resume(kind, timestamp, edge_.Due(by_arrival->Next(arrival, duration)));
    by_arrival.reset();
  }
  const SessionTime media = clock_.Read(kind, timestamp, edge_.Due(arrival));
  if (kind == Kind::kVideo || timestamp.clock.exact) {
    has_video_ = has_video_ || kind == Kind::kVideo;
    const LiveEdge::Verdict verdict = edge_.Place(kind, media, arrival);
    clock_.Shift(kind, verdict.shift);
    return verdict.placed;
  }
  const SessionTime spread = Spread(media, duration, arrival);
  const LiveEdge::Verdict verdict = edge_.Place(kind, spread, arrival, spreader_.bunch());
  clock_.Shift(kind, verdict.shift);
  spreader_.Shift(verdict.shift);
  return verdict.placed;
}

/// Gives audio that comes in bunches a time of its own for each frame.
SessionTime Timeline::Spread(SessionTime media, SessionTime duration, SessionTime arrival) {
  const auto due = has_video_ ? std::optional(edge_.Due(arrival)) : std::nullopt;
  return spreader_.Place(media, duration, due);
}

void Timeline::BeginByArrival(Kind kind, SessionTime arrival) {
  const SessionTime interval = check_.interval(kind);
  const SessionTime last = std::max(edge_.given_out(kind), arrival - interval);
  Of(kind).emplace(last, interval, kind == Kind::kAudio ? kMaxAudioAhead : kMaxVideoAhead);
  units_[static_cast<std::size_t>(kind)] = UnitsPerTick(check_.wrong_rate(kind));
  clock_.Forget(kind);
  if (kind == Kind::kAudio) spreader_ = {};
  edge_.Release(kind);
}

SessionTime Timeline::CompositionTime(Kind kind, SessionTime offset) const {
  if (!by_arrival(kind)) return offset;
  const double unit = units_[static_cast<std::size_t>(kind)];
  return SessionTime(std::llround(static_cast<double>(offset.count()) / unit));
}

}  // namespace ingress
