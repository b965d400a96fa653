#pragma once

#include <string>

#include "dial/server_address.h"

namespace ingress::livekit {

using dial::ParseServerUrl;
using dial::ServerAddress;

/// How a signal connection begins.
struct SignalParameters {
  /// Empty: /rtc with plain parameters. Otherwise a serialised JoinRequest for /rtc/v1, the form in
  /// which the publisher's peer connection is always the only one.
  std::string join_request;
  std::string participant_sid;  // set: resume this session
  int reconnect_reason = 0;     // livekit::ReconnectReason, with participant_sid
};

enum class SignalEndpoint { kConnect, kValidate };

/// Path and query of the request, for example "/rtc?protocol=17&…". Holds no secret.
std::string SignalTarget(const ServerAddress& server, const SignalParameters& parameters,
                         SignalEndpoint endpoint);

}  // namespace ingress::livekit
