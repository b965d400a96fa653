#include "pipeline/route/key_frame_request_throttle.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

// A key frame that comes by itself so shortly before the second is the second.
constexpr auto kSecondEarly = 30ms;

}  // namespace

bool KeyFrameRequestThrottle::Request(TimePoint now) {
  if (last_ && now - *last_ < spacing()) {
    waiting_until_ = *last_ + spacing();
    return false;
  }
  return Grant(now);
}

void KeyFrameRequestThrottle::OnKeyFrame(TimePoint now) {
  last_ = now;
  waiting_until_.reset();
  if (second_wanted_) {
    second_wanted_ = false;
    second_at_ = now + kSecondAfter;
  } else if (second_at_ && now >= *second_at_ - kSecondEarly) {
    second_at_.reset();
  }
}

bool KeyFrameRequestThrottle::Poll(TimePoint now) {
  const auto due = deadline();
  if (!due || now < *due) return false;
  return Grant(now);
}

bool KeyFrameRequestThrottle::Grant(TimePoint now) {
  // A second key frame that is still to come is not given up for this one.
  if (second_at_ && now >= *second_at_) second_at_.reset();
  last_ = now;
  waiting_until_.reset();
  if (quick_left_ > 0) --quick_left_;
  return true;
}

}  // namespace ingress::pipeline
