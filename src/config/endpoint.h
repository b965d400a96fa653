#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ingress::config {

struct HostPort {
  std::string_view host;  // without brackets
  std::string_view port;  // 1 to 65535; empty when none was given
};

/// Takes "host", "host:port" or "[::1]:port" apart; views into `text`. Empty for anything else,
/// user info included.
std::optional<HostPort> SplitHostPort(std::string_view text);

/// `url` with the scheme ws or wss (http and https are turned into them); empty when it is not the
/// URL of a host, or carries a user name.
std::optional<std::string> AsWebSocketUrl(std::string_view url);

}  // namespace ingress::config
