#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "domain/failure.h"
#include "domain/input_kind.h"
#include "livekit_ingress.pb.h"

namespace ingress {

/// A failure as it crosses the RPC bus.
struct PsrpcFault {
  std::string_view code;  // one of the psrpc code strings
  std::string message;    // LiveKit's exact text
};

/// Checks an ingress the way LiveKit does at the start of a session (its full rules), in LiveKit's
/// order; the first rule that fails is reported, always as "invalid_argument".
std::expected<void, PsrpcFault> ValidateIngress(const ::livekit::IngressInfo& info);

/// Everything that decides whether a push by input `via` may use this ingress, but for capacity,
/// in LiveKit's order: enabled, valid, of the right type.
std::expected<void, Failure> CheckPush(const ::livekit::IngressInfo& info, InputKind via);

}  // namespace ingress
