#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "base/ip_network.h"

namespace ingress::net {

/// "address:port" of the other end, for logs: IPv4 in its own form even on a dual-stack socket,
/// IPv6 in brackets; "unknown" when the socket is no longer connected.
std::string PeerName(const boost::asio::ip::tcp::socket& socket);

/// The same for any endpoint, and for an address and a port of any transport.
std::string NameOf(const boost::asio::ip::tcp::endpoint& endpoint);
std::string NameOf(boost::asio::ip::address address, std::uint16_t port);

IpAddress AddressOf(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace ingress::net
