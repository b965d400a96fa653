#include "handler/key_frame_gate.h"

namespace ingress::handler {

bool KeyFrameGate::Request(TimePoint now) {
  if (last_ && now - *last_ < kSpacing) {
    waiting_until_ = *last_ + kSpacing;
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
  return true;
}

}  // namespace ingress::handler
