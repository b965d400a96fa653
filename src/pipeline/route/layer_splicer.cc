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
  const SessionTime pts = picture->pts;
  if (feed_ == Feed::kEncoder) {
    if (return_deadline_) {
      held_.push_back({picture, now});
    } else if (return_allowed_ && picture->idr) {
      held_.push_back({picture, now});
      return_after_ = before_return_;
      return_deadline_ = now + kMaxHandover;
      if (!encoder_started_ || encoder_pts_ >= return_after_) FinishReturn(now);
    } else if (return_allowed_ && !encoder_started_) {
      held_.push_back({picture, now});
    }
    before_return_ = pts;
    return;
  }
  before_return_ = pts;
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

void LayerSplicer::OnEncoded(EncodedFrame frame, TimePoint now) {
  if (feed_ != Feed::kEncoder || frame.pts < encoder_from_) return;
  if (!encoder_started_ && !frame.key_frame) return;
  if (!encoder_started_ && !return_deadline_) held_.clear();  // it carries on from here
  encoder_started_ = true;
  encoder_pts_ = std::max(encoder_pts_, frame.pts);
  const bool beyond = return_deadline_ && frame.pts > return_after_;
  if (!beyond && (!last_sent_ || frame.pts > *last_sent_)) {
    last_sent_ = frame.pts;
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
  held_.clear();
  feed_ = Feed::kEncoder;
  encoder_from_ = from;
  taken_at_ = now;
  taken_without_key_ = needs_key_;
  encoder_started_ = false;
  encoder_pts_ = SessionTime::min();
  return_deadline_.reset();
}

void LayerSplicer::AllowReturn(bool allowed) {
  return_allowed_ = allowed;
  if (allowed || !return_deadline_) return;
  return_deadline_.reset();
  held_.clear();
}

void LayerSplicer::LoseEncoder(TimePoint now) {
  if (feed_ == Feed::kEncoder) GoBackToSource(now);
}

void LayerSplicer::FinishReturn(TimePoint now) {
  GoBackToSource(now);
  callbacks_.on_returned(now);
}

/// Pictures that were withheld can be decoded from an IDR picture on, or all of them while the
/// source's chain is unbroken because the encoder never began.
void LayerSplicer::GoBackToSource(TimePoint now) {
  feed_ = Feed::kSource;
  return_deadline_.reset();
  const bool unbroken = !encoder_started_ && return_allowed_ && !taken_without_key_;
  while (!unbroken && !held_.empty() && !held_.front().picture->idr) held_.pop_front();
  needs_key_ = !unbroken && held_.empty();
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

void LayerSplicer::Poll(TimePoint now) {
  if (return_deadline_) {
    if (now >= *return_deadline_) FinishReturn(now);
    return;
  }
  if (feed_ == Feed::kEncoder && !encoder_started_ && return_allowed_ &&
      now - taken_at_ >= kMaxStart) {
    FinishReturn(now);
    return;
  }
  while (feed_ == Feed::kSource && !held_.empty() && now - held_.front().since >= kMaxSiblingWait) {
    ReleaseFirst(now);
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
