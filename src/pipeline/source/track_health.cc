#include "pipeline/source/track_health.h"

#include <utility>

namespace ingress::pipeline {

void TrackHealth::OnUsable(TimePoint now) {
  usable_at_ = now;
  useless_since_.reset();
  erroneous_ = false;
}

void TrackHealth::OnWaiting(TimePoint now) { OnUseless(now); }

std::optional<std::uint64_t> TrackHealth::OnUnusable(Error why, TimePoint now) {
  OnUseless(now);
  erroneous_ = true;
  ++unusable_;
  last_error_ = std::move(why);
  if (logged_at_ && now - *logged_at_ < kLogEvery) return std::nullopt;
  logged_at_ = now;
  return unusable_;
}

/// A pause is not a time in which messages were useless.
void TrackHealth::OnUseless(TimePoint now) {
  const bool paused = useless_at_ && now - *useless_at_ >= kHealthWindow;
  if (!useless_since_ || paused) useless_since_ = now;
  useless_at_ = now;
}

TrackHealth::State TrackHealth::state(TimePoint now) const {
  if (useless_since_ && now - *useless_at_ < kHealthWindow) {
    if (now - *useless_since_ >= kHealthWindow) return State::kUnusable;
    return usable_at_ && now - *usable_at_ < kHealthWindow ? State::kWorking : State::kStarting;
  }
  return usable_at_ && now - *usable_at_ < kHealthWindow ? State::kWorking : State::kSilent;
}

bool TrackHealth::Gone(TimePoint now) const {
  const State seen = state(now);
  if (seen != State::kSilent) return seen == State::kUnusable;
  return !usable_at_ || now - *usable_at_ >= kLongestPause;
}

std::optional<Error> TrackHealth::Hopeless(TimePoint now) const {
  return erroneous_ && state(now) == State::kUnusable ? last_error_ : std::nullopt;
}

std::optional<Error> HopelessInput(const TrackHealth& first, const TrackHealth& second,
                                   TimePoint now) {
  if (!first.Gone(now) || !second.Gone(now)) return std::nullopt;
  auto error = first.Hopeless(now);
  return error ? error : second.Hopeless(now);
}

}  // namespace ingress::pipeline
