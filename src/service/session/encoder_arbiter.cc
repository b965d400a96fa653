#include "service/session/encoder_arbiter.h"

#include <utility>

namespace ingress::service {

void EncoderArbiter::OnConnected(std::string address, TimePoint now) {
  address_ = std::move(address);
  last_word_ = heard_at_ = now;
}

EncoderArbiter::Verdict EncoderArbiter::Judge(const std::string& address, TimePoint now) {
  if (!live(now)) return Verdict::kWelcome;
  if (policy_ == TakeoverPolicy::kReject) return Verdict::kRefuse;
  while (!takeovers_.empty() && now - takeovers_.front() > kContestQuiet) takeovers_.pop_front();
  const std::size_t limit = address == address_ ? kTakeoversOfOneAddress : 1;
  const bool contested = takeovers_.size() >= limit;
  takeovers_.push_back(now);
  // An encoder that never gives up must not make the list grow.
  if (takeovers_.size() > kTakeoversOfOneAddress) takeovers_.pop_front();
  return contested ? Verdict::kRefuse : Verdict::kTakeOver;
}

}  // namespace ingress::service
