#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ingress::dial {

inline constexpr std::size_t kMaxServerUrl = 2048;  // characters

/// Where a LiveKit server listens, and which certificates it may show.
struct ServerAddress {
  bool tls = false;
  std::string host;  // name or address, IPv6 without brackets
  std::uint16_t port = 80;
  std::string path;               // in front of ours: "" or "/prefix", no slash at its end
  std::string ca_cert_file = {};  // PEM; believed besides the system's, empty: those alone

  /// "host" or "host:port", as in the Host header.
  std::string authority() const;
};

/// Parses ws://, wss://, http:// or https://.
/// Errors: kMalformed, kUnsupported for another scheme, kLimitExceeded.
Result<ServerAddress> ParseServerUrl(std::string_view url);

}  // namespace ingress::dial
