#include "handler/lip_sync.h"

#include <utility>

namespace ingress::handler {

void LipSync::Push(std::size_t layer, EncodedFrame frame, SessionTime now) {
  if (!began_at_) began_at_ = now;
  Release(now);
  if (held_.empty() && !Waits(frame, now)) {
    on_picture_(layer, frame);
    return;
  }
  held_.push_back({.layer = layer, .frame = std::move(frame), .since = now});
}

void LipSync::OnSound(SessionTime end, SessionTime now) {
  sound_at_ = now;
  sound_until_ = end + kPictureLead;
  Release(now);
}

void LipSync::Poll(SessionTime now) { Release(now); }

bool LipSync::Waits(const EncodedFrame& frame, SessionTime now) const {
  return sound_at_ && now - *sound_at_ < kSoundGone && now - *began_at_ >= kSettled &&
         frame.pts >= sound_until_ && frame.pts < sound_until_ + kMaxHold;
}

void LipSync::Release(SessionTime now) {
  while (!held_.empty() &&
         (now - held_.front().since >= kMaxHold || !Waits(held_.front().frame, now))) {
    // Out of the queue first: the callback may come back in.
    const Held first = std::move(held_.front());
    held_.pop_front();
    on_picture_(first.layer, first.frame);
  }
}

}  // namespace ingress::handler
