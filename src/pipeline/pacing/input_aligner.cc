#include "pipeline/pacing/input_aligner.h"

#include <algorithm>
#include <utility>

namespace ingress::pipeline {

bool InputAligner::Observe(TrackKind kind, const Placed& placed, SessionTime now) {
  const AlignmentDelay::Growth growth = delay_.Observe(kind, placed, now);
  for (std::size_t i = 0; i < growth.size(); ++i) {
    if (growth[i] > SessionTime{0}) tracks_[i].offset.Move(tracks_[i].newest, growth[i]);
  }
  FollowDelay();
  return std::ranges::any_of(growth, [](SessionTime by) { return by > SessionTime{0}; });
}

bool InputAligner::Passes(TrackKind kind, const Placed& placed, SessionTime now) {
  Track& track = Of(kind);
  if (!track.held.empty()) return false;
  if (delay() > SessionTime{0} && placed.time + delay() > now + batch_interval_) return false;
  track.newest = placed.time;
  return true;
}

/// RTP times tell when frames leave, so that receivers need not find out. Audio that leaves sooner
/// is played faster; its RTP times count samples and cannot.
void InputAligner::FollowDelay() {
  Track& video = Of(TrackKind::kVideo);
  if (delay() > followed_ || !delay_.frozen()) {
    followed_ = delay();
  } else if (followed_ - delay() >= kRtpStep) {
    video.offset.Move(video.newest, delay() - followed_);
    followed_ = delay();
  }
}

void InputAligner::Hold(TrackKind kind, const std::optional<Placed>& placed, std::size_t size,
                        SessionTime now, GoOn go_on) {
  Track& track = Of(kind);
  const SessionTime before = track.held.empty() ? track.newest : track.held.back().time;
  track.held.push_back({.go_on = std::move(go_on),
                        .time = std::min(placed ? placed->time : before, now + kMaxAhead),
                        .size = size + kOverhead});
  held_bytes_ += size + kOverhead;
  while (held_bytes_ > kMaxHeld) ReleaseFirst();
}

const InputAligner::Track* InputAligner::First() const {
  const auto& [audio, video] = tracks_;
  if (audio.held.empty()) return video.held.empty() ? nullptr : &video;
  if (video.held.empty()) return &audio;
  return video.held.front().time < audio.held.front().time ? &video : &audio;
}

std::optional<SessionTime> InputAligner::deadline() const {
  const Track* first = First();
  if (first == nullptr) return std::nullopt;
  return first->held.front().time + delay();
}

void InputAligner::ReleaseUntil(SessionTime due) {
  for (auto next = deadline(); next && *next <= due; next = deadline()) ReleaseFirst();
}

void InputAligner::ReleaseFirst() {
  Track& track = First() == tracks_.data() ? tracks_.front() : tracks_.back();
  // Out of the queue first: what is called may come back in.
  Held first = std::move(track.held.front());
  track.held.pop_front();
  held_bytes_ -= first.size;
  track.newest = first.time;
  first.go_on();
}

}  // namespace ingress::pipeline
