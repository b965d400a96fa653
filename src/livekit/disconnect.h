#pragma once

#include <string>

#include "livekit/room.h"
#include "livekit_models.pb.h"

namespace ingress::livekit {

/// What the end of a session for `reason` means to us. Retryable are those where nobody decided
/// that we should go: joining anew neither fights another participant nor brings back a room that
/// someone deleted. `detail`: what is known beyond the reason; may be empty.
Disconnect MakeDisconnect(::livekit::DisconnectReason reason, const std::string& detail);

}  // namespace ingress::livekit
