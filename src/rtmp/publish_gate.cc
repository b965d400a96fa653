#include "rtmp/publish_gate.h"

#include <algorithm>
#include <iterator>

namespace ingress::rtmp {

void PublishGate::Request(PublishRequest request) {
  if (over_) {
    next_ = std::move(request);
    return;
  }
  phase_ = Phase::kPending;
  events_.emplace_back(std::move(request));
}

bool PublishGate::Accept() {
  if (over_) {
    phase_ = Phase::kIdle;
    events_.emplace_back(*std::exchange(over_, std::nullopt));
    if (next_) Request(*std::exchange(next_, std::nullopt));
    return false;
  }
  phase_ = Phase::kLive;
  std::ranges::move(held_, std::back_inserter(events_));
  DropHeld();
  return true;
}

void PublishGate::Refuse() {
  phase_ = Phase::kIdle;
  over_.reset();
  next_.reset();
  DropHeld();
}

void PublishGate::OnMedia(MediaMessage message) {
  if (!active()) return;
  if (phase_ == Phase::kLive) {
    events_.emplace_back(std::move(message));
    return;
  }
  held_bytes_ += sizeof(message) + message.payload.size();
  held_.push_back(std::move(message));
}

void PublishGate::End(PublishEnd::Cause cause, std::string detail) {
  if (!active()) return;
  PublishEnd end{.cause = cause, .detail = std::move(detail)};
  if (phase_ == Phase::kPending) {
    // The next one was never heard of outside, so it needs no end.
    if (!std::exchange(next_, std::nullopt)) over_ = std::move(end);
    DropHeld();
    return;
  }
  phase_ = Phase::kIdle;
  events_.emplace_back(std::move(end));
}

void PublishGate::DropHeld() {
  std::vector<MediaMessage>().swap(held_);
  held_bytes_ = 0;
}

}  // namespace ingress::rtmp
