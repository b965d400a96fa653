#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ingress::livekit {

inline constexpr std::size_t kMaxServerUrl = 2048;  // characters

/// Where a LiveKit server listens.
struct ServerAddress {
  bool tls = false;
  std::string host;  // name or address, IPv6 without brackets
  std::uint16_t port = 80;
  std::string path;  // in front of ours: "" or "/prefix", no slash at its end

  /// "host" or "host:port", as in the Host header.
  std::string authority() const;
};

/// Parses ws://, wss://, http:// or https://.
/// Errors: kMalformed, kUnsupported for another scheme, kLimitExceeded.
Result<ServerAddress> ParseServerUrl(std::string_view url);

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
