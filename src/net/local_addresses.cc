#include "net/local_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>

namespace ingress::net {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> AddressOf(const sockaddr& socket_address) {
  if (socket_address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &socket_address, sizeof v4);
    return ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (socket_address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &socket_address, sizeof v6);
    ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return ip::address_v6(bytes);
  }
  return std::nullopt;
}

bool IsLinkLocal(const ip::address& address) {
  if (address.is_v6()) return address.to_v6().is_link_local();
  static const ip::network_v4 kLinkLocal = ip::make_network_v4("169.254.0.0/16");
  const ip::network_v4 alone(address.to_v4(), 32);
  return alone.is_subnet_of(kLinkLocal);
}

}  // namespace

Result<std::vector<LocalAddress>> LocalAddresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    return Fail(ErrorCode::kInternal,
                "addresses of this machine: " + std::generic_category().message(errno));
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, &freeifaddrs);
  std::vector<LocalAddress> found;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || (one->ifa_flags & IFF_UP) == 0) continue;
    const auto address = AddressOf(*one->ifa_addr);
    if (!address || IsLinkLocal(*address)) continue;
    if (std::ranges::find(found, *address, &LocalAddress::address) != found.end()) continue;
    found.push_back({.interface = one->ifa_name, .address = *address});
  }
  return found;
}

bool IsPublic(const ip::address& address) {
  if (address.is_loopback() || IsLinkLocal(address)) return false;
  if (address.is_v6()) {
    constexpr unsigned kUniqueLocal = 0xfc;  // fc00::/7
    constexpr unsigned kPrefix = 0xfe;
    return (address.to_v6().to_bytes()[0] & kPrefix) != kUniqueLocal;
  }
  static const std::array<ip::network_v4, 4> kPrivate = {
      ip::make_network_v4("10.0.0.0/8"), ip::make_network_v4("172.16.0.0/12"),
      ip::make_network_v4("192.168.0.0/16"), ip::make_network_v4("100.64.0.0/10")};
  const ip::network_v4 alone(address.to_v4(), 32);
  return std::ranges::none_of(
      kPrivate, [&alone](const ip::network_v4& network) { return alone.is_subnet_of(network); });
}

}  // namespace ingress::net
