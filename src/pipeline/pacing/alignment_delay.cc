#include "pipeline/pacing/alignment_delay.h"

#include <algorithm>

namespace ingress::pipeline {
namespace {

constexpr SessionTime kMaxPassed = std::chrono::milliseconds(100);  // a stall earns nothing

}  // namespace

AlignmentDelay::Growth AlignmentDelay::Observe(TrackKind kind, const Placed& placed,
                                               SessionTime now) {
  const SkewMeter::Behind behind = meter_.Observe(kind, placed.media, now - placed.time, now);
  const SessionTime passed = std::clamp(now - observed_at_, SessionTime{0}, kMaxPassed);
  observed_at_ = now;
  const SessionTime newest = Wanted(Newest(now), now);
  if (!frozen_) {
    delay_ = newest;
    return {};
  }
  const SessionTime steady = Wanted(Steady(now), now);
  if (steady >= delay_ + kWorth) return GrowTo(steady, now);
  if (kind == TrackKind::kAudio) {
    const SessionTime at_once = std::min(now - placed.time, Wanted(behind.newest, now));
    const bool sure = Wanted(behind.both, now) >= delay_ + kWorth;
    if (sure && at_once >= delay_ + kWorthAtOnce) return GrowTo(at_once, now);
  }
  newest_.Note(newest, now);
  const SessionTime least = std::min(newest_.latest(), delay_);
  const auto step = static_cast<SessionTime::rep>(static_cast<double>(passed.count()) * kShrink);
  delay_ = std::max(least, delay_ - SessionTime(step));
  return {};
}

SessionTime AlignmentDelay::Steady(SessionTime now) const {
  return std::max(meter_.Steady(TrackKind::kAudio, now), meter_.Steady(TrackKind::kVideo, now));
}

SessionTime AlignmentDelay::Newest(SessionTime now) const {
  return std::max(meter_.Newest(TrackKind::kAudio, now), meter_.Newest(TrackKind::kVideo, now));
}

SessionTime AlignmentDelay::Wanted(SessionTime behind, SessionTime now) const {
  if (behind < kWorth) return SessionTime{0};
  // What delays both tracks delays the one that is behind, too.
  return std::min<SessionTime>(meter_.Lateness(now) + behind, kMax);
}

AlignmentDelay::Growth AlignmentDelay::GrowTo(SessionTime wanted, SessionTime now) {
  Growth growth{};
  for (const TrackKind kind : {TrackKind::kAudio, TrackKind::kVideo}) {
    const SessionTime by_itself = meter_.Lateness(now) + meter_.Steady(kind, now);
    const SessionTime before = std::max(delay_, by_itself);
    growth[static_cast<std::size_t>(kind)] = std::max(wanted - before, SessionTime{0});
  }
  delay_ = wanted;
  ++growths_;
  return growth;
}

}  // namespace ingress::pipeline
