#include "net/address_group.h"

#include <boost/asio/ip/network_v6.hpp>

namespace ingress::net {

namespace ip = boost::asio::ip;

constexpr int kGroupPrefix = 64;  // what a site or a subscriber is given at least (RFC 6177)

std::string AddressGroup(const ip::address& address) {
  if (address.is_v4()) return address.to_string();
  ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6).to_string();
  v6.scope_id(0);
  return ip::network_v6(v6, kGroupPrefix).canonical().to_string();
}

}  // namespace ingress::net
