#include "livekit/disconnect.h"

#include <utility>

namespace ingress::livekit {
namespace {

bool IsRetryable(::livekit::DisconnectReason reason) {
  switch (reason) {
    case ::livekit::SERVER_SHUTDOWN:
    case ::livekit::STATE_MISMATCH:
    case ::livekit::JOIN_FAILURE:
    case ::livekit::MIGRATION:
    case ::livekit::SIGNAL_CLOSE:
    case ::livekit::CONNECTION_TIMEOUT:
    case ::livekit::MEDIA_FAILURE:
      return true;
    default:
      return false;
  }
}

std::string Explain(::livekit::DisconnectReason reason) {
  switch (reason) {
    case ::livekit::DUPLICATE_IDENTITY:
      return "another participant joined with the same identity";
    case ::livekit::SERVER_SHUTDOWN:
      return "the server shuts down";
    case ::livekit::PARTICIPANT_REMOVED:
      return "the participant was removed through the API";
    case ::livekit::ROOM_DELETED:
      return "the room was deleted";
    case ::livekit::JOIN_FAILURE:
      return "the media connection did not come up in time";
    case ::livekit::SIGNAL_CLOSE:
      return "the connection to the server could not be restored";
    case ::livekit::ROOM_CLOSED:
      return "the room was closed";
    case ::livekit::CONNECTION_TIMEOUT:
      return "the media connection was lost";
    default:
      return "the server ended the session: " + ::livekit::DisconnectReason_Name(reason);
  }
}

}  // namespace

Disconnect MakeDisconnect(::livekit::DisconnectReason reason, const std::string& detail) {
  std::string text = Explain(reason);
  if (!detail.empty()) text += " (" + detail + ")";
  return {.reason = reason, .retryable = IsRetryable(reason), .detail = std::move(text)};
}

}  // namespace ingress::livekit
