#pragma once

#include <cstdint>
#include <string>

#include "base/ip_network.h"

namespace ingress::stun {

/// Says where a datagram comes from, as the receiver sees it.
struct TransportAddress {
  IpAddress ip{};
  std::uint16_t port = 0;
  friend bool operator==(const TransportAddress&, const TransportAddress&) = default;
};

/// "192.0.2.7:4711" or "[2001:db8::1]:4711", for people.
std::string ToString(const TransportAddress& address);

}  // namespace ingress::stun
