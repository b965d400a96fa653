#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <optional>

#include "base/result.h"

namespace ingress::net {

/// Takes the PROXY header off the front of a connection, and not a byte more. Returns who connected
/// to the balancer; empty when the header does not say (see ProxyHeader).
///
/// Passes cancellation on. Errors: those of ProxyHeader; kClosed when the peer leaves before or
/// within it.
boost::asio::awaitable<Result<std::optional<boost::asio::ip::tcp::endpoint>>> ReadProxyHeader(
    boost::asio::ip::tcp::socket& socket);

}  // namespace ingress::net
