#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ingress {

struct HostPort {
  std::string_view host;  // without brackets
  std::string_view port;  // 1 to 65535; empty when none was given
};

/// Takes "host", "host:port" or "[::1]:port" apart; views into `text`. Empty for anything else,
/// user info included.
std::optional<HostPort> SplitHostPort(std::string_view text);

/// "host:port", or "host" where `port` is empty; an IPv6 address gets its brackets.
std::string JoinHostPort(std::string_view host, std::string_view port);
std::string JoinHostPort(std::string_view host, std::uint16_t port);

}  // namespace ingress
