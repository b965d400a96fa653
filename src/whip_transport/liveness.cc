#include "whip_transport/liveness.h"

namespace ingress::whip_transport {

std::string_view ToString(End end) {
  switch (end) {
    case End::kNoIce:
      return "no_ice";
    case End::kNoDtls:
      return "no_dtls";
    case End::kRefused:
      return "refused";
    case End::kClosedByPeer:
      return "closed_by_peer";
    case End::kSilent:
      return "silent";
  }
  return "";
}

void Liveness::OnIce(TimePoint now) {
  if (!ice_at_) ice_at_ = now;
}

std::optional<End> Liveness::Expired(TimePoint now) const {
  if (!ice_at_) return now - started_ >= kIceWithin ? std::optional(End::kNoIce) : std::nullopt;
  if (!dtls_at_) return now - *ice_at_ >= kDtlsWithin ? std::optional(End::kNoDtls) : std::nullopt;
  return now - last_authentic_ >= kEndAfter ? std::optional(End::kSilent) : std::nullopt;
}

TimePoint Liveness::deadline(TimePoint now) const {
  if (!ice_at_) return started_ + kIceWithin;
  if (!dtls_at_) return *ice_at_ + kDtlsWithin;
  return last_authentic_ + (Silent(now) ? kEndAfter : kSilentAfter);
}

}  // namespace ingress::whip_transport
