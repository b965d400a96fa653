#include "input/whip/mux/handover_throttle.h"

namespace ingress::input {

bool HandoverThrottle::Allow(ice_lite::Registry::SessionId session,
                             const stun::TransportAddress& remote, TimePoint now) {
  while (!recent_.empty() && now - recent_.front().at >= kWindow) recent_.pop_front();
  std::size_t of_session = 0;
  for (const Handover& handover : recent_) {
    if (handover.session == session) ++of_session;
    if (handover.remote == remote && now - handover.at < kSettle) return false;
  }
  if (of_session >= kPerSession || recent_.size() >= kMaxRemembered) return false;
  recent_.push_back({.at = now, .session = session, .remote = remote});
  return true;
}

}  // namespace ingress::input
