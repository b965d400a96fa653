#include "stun/transport_address.h"

#include <arpa/inet.h>

#include <array>

namespace ingress::stun {

std::string ToString(const TransportAddress& address) {
  constexpr std::size_t kIpv4At = 12;
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool v4 = IsIpv4(address.ip);
  inet_ntop(v4 ? AF_INET : AF_INET6, address.ip.data() + (v4 ? kIpv4At : 0), text.data(),
            text.size());
  const std::string ip(text.data());
  return (v4 ? ip : "[" + ip + "]") + ":" + std::to_string(address.port);
}

}  // namespace ingress::stun
