#pragma once

#include <string>
#include <vector>

namespace ingress::rtc {

inline constexpr std::size_t kMaxLocalAddresses = 8;

/// The addresses of this host that host candidates may be made of: IPv4 and IPv6 of interfaces that
/// are up, without link-local ones. 127.0.0.1 stands first when `loopback` is wanted or when there
/// is nothing else.
std::vector<std::string> LocalAddresses(bool loopback);

}  // namespace ingress::rtc
