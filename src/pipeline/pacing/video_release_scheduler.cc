#include "pipeline/pacing/video_release_scheduler.h"

#include <utility>

namespace ingress::pipeline {

void VideoReleaseScheduler::Push(std::size_t layer, EncodedFrame frame, SessionTime now) {
  if (!began_at_) began_at_ = now;
  OnTick(now);
  const SessionTime due = Due(frame, now);
  if (held_.empty() && due <= now + batch_interval_) {
    on_picture_(layer, frame);
    return;
  }
  held_.push_back({.layer = layer, .frame = std::move(frame), .due = due});
}

void VideoReleaseScheduler::OnAudioSent(SessionTime pts, SessionTime now) {
  audio_at_ = now;
  audio_lateness_.Note(now - pts, now);
  OnTick(now);
}

void VideoReleaseScheduler::OnTick(SessionTime now) { ReleaseUntil(now + batch_interval_); }

void VideoReleaseScheduler::Poll(SessionTime now) { ReleaseUntil(now); }

void VideoReleaseScheduler::ReleaseUntil(SessionTime due) {
  while (!held_.empty() && held_.front().due <= due) {
    // Out of the queue first: the callback may come back in.
    const Held first = std::move(held_.front());
    held_.pop_front();
    on_picture_(first.layer, first.frame);
  }
}

std::optional<SessionTime> VideoReleaseScheduler::deadline() const {
  if (held_.empty()) return std::nullopt;
  return held_.front().due;
}

SessionTime VideoReleaseScheduler::Due(const EncodedFrame& frame, SessionTime now) const {
  const bool audio_flows = audio_at_ && now - *audio_at_ < kAudioGone;
  if (!audio_flows || now - *began_at_ < kUnsyncedStart) return now;
  const SessionTime due = frame.pts + audio_lateness_.latest() - lead_;
  return due - now < kMaxFrameHold ? due : now;
}

}  // namespace ingress::pipeline
