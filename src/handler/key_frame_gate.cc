#include "handler/key_frame_gate.h"

namespace ingress::handler {

bool KeyFrameGate::Request(TimePoint now) {
  if (last_ && now - *last_ < spacing()) {
    waiting_until_ = *last_ + spacing();
    return false;
  }
  return Grant(now);
}

void KeyFrameGate::OnKeyFrame(TimePoint now) {
  last_ = now;
  waiting_until_.reset();
}

bool KeyFrameGate::Poll(TimePoint now) {
  if (!waiting_until_ || now < *waiting_until_) return false;
  return Grant(now);
}

bool KeyFrameGate::Grant(TimePoint now) {
  last_ = now;
  waiting_until_.reset();
  if (quick_left_ > 0) --quick_left_;
  return true;
}

}  // namespace ingress::handler
