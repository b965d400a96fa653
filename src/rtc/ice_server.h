#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ingress::rtc {

/// A STUN or TURN server.
struct IceServer {
  enum class Kind { kStun, kTurnUdp, kTurnTcp, kTurnTls };

  Kind kind = Kind::kStun;
  std::string host;  // name or address, IPv6 without brackets
  std::uint16_t port = 3478;
  std::string username;    // TURN only
  std::string credential;  // TURN only; never logged
};

inline constexpr std::size_t kMaxIceServerUrl = 512;  // characters

/// Parses "stun:host:port", "turn:host:port?transport=udp|tcp" or "turns:host:port?transport=tcp"
/// (RFC 7064 §3.1, RFC 7065 §3.1). Default ports: 3478, and 5349 for turns.
/// Errors: kMalformed, kUnsupported for another scheme or for turns over UDP, kLimitExceeded.
Result<IceServer> ParseIceServerUrl(std::string_view url);

}  // namespace ingress::rtc
