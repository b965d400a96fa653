#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

namespace ingress::net {

/// The party behind an address, as limits count it: "192.0.2.7", also for an IPv4 address in IPv6
/// clothes, or "2001:db8:1:2::/64", because whoever has one IPv6 address has its whole network.
std::string AddressGroup(const boost::asio::ip::address& address);

}  // namespace ingress::net
