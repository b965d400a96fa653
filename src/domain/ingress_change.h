#pragma once

#include "livekit_ingress.pb.h"

namespace ingress {

/// The ingress as it will be once livekit-server has stored `request`: a field that is empty or
/// absent changes nothing, as there.
::livekit::IngressInfo Apply(::livekit::IngressInfo info,
                             const ::livekit::UpdateIngressRequest& request);

/// What a session has to do so that it is as if it had started with the new settings.
enum class IngressChange {
  kNone,    // or nothing that a session shows
  kLive,    // the participant's name or metadata: told to the room
  kRejoin,  // room, identity or encoding: another handler joins, the encoder stays
  kEnd,     // disabled
};

IngressChange Compare(const ::livekit::IngressInfo& before, const ::livekit::IngressInfo& after);

}  // namespace ingress
