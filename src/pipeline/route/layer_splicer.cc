#include "pipeline/route/layer_splicer.h"

#include <algorithm>
#include <utility>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

/// All pictures of a replay share this much time after the last one sent: less than the interval to
/// the next picture at 50 frames per second.
constexpr SessionTime kReplaySpan = 16ms;
constexpr SessionTime kReplayStep = 1ms;

constexpr int kMaxRepeats = 5;
/// The time before the encoder's first frame that repeated key frames may use; they share it.
constexpr SessionTime kRepeatAhead = 1ms;
constexpr SessionTime kLeastStep = 100us;

}  // namespace

void LayerSplicer::OnSource(const Picture& picture, bool wanted, TimePoint now) {
  if (feed_ == Feed::kEncoder) return Withhold(picture, now);
  before_return_ = picture->pts;
  if (!wanted) {
    held_.clear();
    needs_key_ = true;
    return;
  }
  if (needs_key_ && !picture->idr) return;
  needs_key_ = false;
  held_.push_back({picture, now});
  const bool siblings = sibling_at_ && now - *sibling_at_ < kSiblingsGone;
  if (siblings) {
    ReleaseUpTo(sibling_pts_, now);
  } else {
    ReleaseAll(now);
  }
}

/// Keeps a picture while the encoder feeds the layer, if the source may have to go on with it: from
/// the IDR picture on at which it returns, or from the beginning while the encoder has not begun.
void LayerSplicer::Withhold(const Picture& picture, TimePoint now) {
  const SessionTime before = std::exchange(before_return_, picture->pts);
  const bool may_go_on =
      return_deadline_ || (return_allowed_ && (picture->idr || !encoder_started_));
  if (!may_go_on || (needs_key_ && !picture->idr)) {
    needs_key_ = true;
    return;
  }
  needs_key_ = false;
  held_.push_back({picture, now});
  if (return_deadline_ || !picture->idr) return;
  return_after_ = before;
  return_deadline_ = now + kMaxHandover;
  if (!encoder_started_ || encoder_pts_ >= return_after_) FinishReturn(now);
}

/// Whatever follows what is left out here cannot be decoded without it.
void LayerSplicer::DropHeld() {
  if (!held_.empty()) needs_key_ = true;
  held_.clear();
}

void LayerSplicer::OnEncoded(EncodedFrame frame, TimePoint now) {
  if (feed_ != Feed::kEncoder || frame.pts < encoder_from_) return;
  if (!encoder_started_) {
    if (!frame.key_frame) return;
    held_.clear();      // it carries on from here …
    needs_key_ = true;  // … and what the source sends next refers to what nobody gets
    encoder_started_ = true;
  }
  encoder_pts_ = std::max(encoder_pts_, frame.pts);
  const bool beyond = return_deadline_ && frame.pts > return_after_;
  if (!beyond) {
    frame.pts = Reserve(frame.pts);
    moving_ = true;
    callbacks_.send_encoded(std::move(frame), now);
  }
  if (return_deadline_ && encoder_pts_ >= return_after_) FinishReturn(now);
}

void LayerSplicer::OnSibling(SessionTime pts, TimePoint now) {
  sibling_pts_ = std::max(sibling_pts_, pts);
  sibling_at_ = now;
  if (feed_ == Feed::kSource) ReleaseUpTo(sibling_pts_, now);
}

void LayerSplicer::TakeEncoder(SessionTime from, TimePoint now) {
  if (feed_ == Feed::kEncoder) return;
  while (!held_.empty() && held_.front().picture->pts < from) ReleaseFirst(now);
  DropHeld();
  feed_ = Feed::kEncoder;
  encoder_from_ = from;
  taken_at_ = now;
  encoder_started_ = false;
  encoder_pts_ = SessionTime::min();
  return_deadline_.reset();
}

void LayerSplicer::AllowReturn(bool allowed) {
  return_allowed_ = allowed;
  if (allowed || feed_ == Feed::kSource) return;
  return_deadline_.reset();
  DropHeld();
}

void LayerSplicer::LoseEncoder(TimePoint now) {
  if (feed_ == Feed::kEncoder) GoBackToSource(now);
}

void LayerSplicer::FinishReturn(TimePoint now) {
  GoBackToSource(now);
  callbacks_.on_returned(now);
}

/// What is held can be decoded: it begins with an IDR picture, or where the encoder never began
/// behind the last picture that was sent.
void LayerSplicer::GoBackToSource(TimePoint now) {
  feed_ = Feed::kSource;
  return_deadline_.reset();
  ReleaseAll(now);
}

void LayerSplicer::Replay(const std::deque<Picture>& gop, TimePoint now) {
  if (feed_ != Feed::kSource || gop.empty() || !gop.front()->idr) return;
  held_.clear();  // they are in the GOP
  SessionTime at = std::max(last_sent_.value_or(SessionTime::min()), gop.back()->pts);
  const SessionTime step =
      std::min(kReplayStep, kReplaySpan / static_cast<SessionTime::rep>(gop.size()));
  for (const Picture& picture : gop) {
    at += step;
    SendSource(picture, at, now);
  }
  needs_key_ = false;
}

void LayerSplicer::RepeatKeyFrame(const Picture& idr, TimePoint now) {
  const int most = announced_ ? 1 : kMaxRepeats;
  if (feed_ != Feed::kEncoder || encoder_started_ || moving_ || repeats_ >= most) return;
  callbacks_.send_source(idr, Reserve(encoder_from_ - kRepeatAhead + repeats_++ * kLeastStep), now);
}

std::optional<TimePoint> LayerSplicer::deadline() const {
  if (return_deadline_) return return_deadline_;
  if (feed_ == Feed::kSource) {
    return held_.empty() ? std::nullopt : std::optional(held_.front().since + kMaxSiblingWait);
  }
  const bool may_go_on = return_allowed_ && !encoder_started_;
  return may_go_on ? std::optional(taken_at_ + kMaxStart) : std::nullopt;
}

void LayerSplicer::Poll(TimePoint now) {
  for (auto due = deadline(); due && now >= *due; due = deadline()) {
    if (feed_ == Feed::kSource) {
      ReleaseFirst(now);
    } else {
      FinishReturn(now);
    }
  }
}

void LayerSplicer::ReleaseUpTo(SessionTime pts, TimePoint now) {
  while (!held_.empty() && held_.front().picture->pts <= pts) ReleaseFirst(now);
}

void LayerSplicer::ReleaseFirst(TimePoint now) {
  const Picture picture = std::move(held_.front().picture);
  held_.pop_front();
  SendSource(picture, picture->pts, now);
}

void LayerSplicer::ReleaseAll(TimePoint now) { ReleaseUpTo(SessionTime::max(), now); }

void LayerSplicer::SendSource(const Picture& picture, SessionTime pts, TimePoint now) {
  moving_ = true;
  callbacks_.send_source(picture, Reserve(pts), now);
}

SessionTime LayerSplicer::ReserveForAnnouncement(SessionTime pts) {
  announced_ = true;
  return Reserve(pts);
}

SessionTime LayerSplicer::Reserve(SessionTime pts) {
  // Nothing may leave with a time that has been used; without it later pictures refer to a gap.
  if (last_sent_ && pts <= *last_sent_) pts = *last_sent_ + kLeastStep;
  last_sent_ = pts;
  return pts;
}

}  // namespace ingress::pipeline
