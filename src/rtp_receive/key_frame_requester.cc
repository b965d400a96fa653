#include "rtp_receive/key_frame_requester.h"

#include <algorithm>

namespace ingress::rtp_receive {

void KeyFrameRequester::OnKeyFrame(TimePoint now) {
  wanted_ = false;
  key_frame_at_ = now;
  // One that comes later is the sender's own.
  if (attempt_since_ && now < *attempt_since_ + kAnswerWithin) {
    unresponsive_ = false;
    in_vain_ = 0;
    attempt_since_.reset();
  }
}

TimePoint KeyFrameRequester::deadline() const {
  if (!wanted_) return TimePoint::max();
  TimePoint due = TimePoint::min();
  if (key_frame_at_) due = *key_frame_at_ + kSpacing;
  if (asked_at_)
    due = std::max(due,
                   *asked_at_ + (unresponsive_ ? Clock::duration(kUnresponsiveSpacing) : kSpacing));
  return due;
}

bool KeyFrameRequester::TakeDue(TimePoint now) {
  if (attempt_since_ && now >= *attempt_since_ + kAnswerWithin) {
    attempt_since_.reset();
    unresponsive_ = ++in_vain_ >= kAttempts;
  }
  if (now < deadline()) return false;
  if (!attempt_since_) attempt_since_ = now;
  asked_at_ = now;
  ++sent_;
  return true;
}

}  // namespace ingress::rtp_receive
