#pragma once

#include <string_view>

namespace ingress::net {

/// Whether a Host header ("localhost:8080", "127.0.0.1", "[::1]:80") names this machine by its
/// loopback interface. A page that listens on loopback must ask: a browser on this machine can be
/// led to it under a foreign name that was made to resolve to 127.0.0.1 (DNS rebinding), and then
/// lets the foreign site read the answers. The Host header still holds that name.
bool IsLoopbackHost(std::string_view host);

}  // namespace ingress::net
