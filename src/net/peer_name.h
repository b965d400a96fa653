#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "base/ip_network.h"

namespace ingress::net {

/// "address:port" of the other end, for logs: IPv4 in its own form even on a dual-stack socket,
/// IPv6 in brackets; "unknown" when the socket is no longer connected.
std::string PeerName(const boost::asio::ip::tcp::socket& socket);

/// The same for any endpoint.
std::string NameOf(const boost::asio::ip::tcp::endpoint& endpoint);

IpAddress AddressOf(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace ingress::net
