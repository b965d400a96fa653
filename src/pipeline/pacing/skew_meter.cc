#include "pipeline/pacing/skew_meter.h"

#include <utility>

namespace ingress::pipeline {

SkewMeter::Behind SkewMeter::Observe(TrackKind kind, SessionTime media, SessionTime lateness,
                                     SessionTime now) {
  Track& track = tracks_[static_cast<std::size_t>(kind)];
  const Track& other = tracks_[1 - static_cast<std::size_t>(kind)];
  track.before = std::exchange(track.newest, media);
  const SessionTime newest = std::max(other.newest.value_or(media) - media, SessionTime{0});
  const SessionTime before = std::max(other.before.value_or(media) - media, SessionTime{0});
  const std::int64_t number = NumberAt(now);
  Slot& furthest = At(track.behind, number);
  furthest = {.number = number,
              .value = furthest.number == number ? std::max(furthest.value, newest) : newest};
  Slot& least = At(lateness_, number);
  lateness -= newest;
  least = {.number = number,
           .value = least.number == number ? std::min(least.value, lateness) : lateness};
  return {.newest = newest, .both = std::min(newest, before)};
}

SessionTime SkewMeter::Steady(TrackKind kind, SessionTime now) const {
  const std::int64_t current = NumberAt(now);
  std::int64_t oldest = current;
  std::optional<SessionTime> steady;
  for (const Slot& slot : Of(kind).behind) {
    if (slot.number < 0 || current - slot.number >= static_cast<std::int64_t>(kSlots)) continue;
    oldest = std::min(oldest, slot.number);
    steady = std::min(steady.value_or(slot.value), slot.value);
  }
  return steady && (current - oldest) * kSlot >= kSteadyFor ? *steady : SessionTime{0};
}

SessionTime SkewMeter::Newest(TrackKind kind, SessionTime now) const {
  SessionTime furthest{0};
  for (const Slot& slot : Of(kind).behind) {
    if (NumberAt(now) - slot.number <= 1) furthest = std::max(furthest, slot.value);
  }
  return furthest;
}

SessionTime SkewMeter::Lateness(SessionTime now) const {
  std::optional<SessionTime> least;
  for (const Slot& slot : lateness_) {
    const bool recent = NumberAt(now) - slot.number < static_cast<std::int64_t>(kSlots);
    if (slot.number >= 0 && recent) least = std::min(least.value_or(slot.value), slot.value);
  }
  return std::max(least.value_or(SessionTime{0}), SessionTime{0});
}

}  // namespace ingress::pipeline
