#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace ingress::net {

/// Binds and listens on `port` of both address families, or of IPv4 alone on a host without IPv6.
/// `port` 0: any free one. Errors: kUnavailable, kUnauthorized for a port that takes a right; the
/// text is the system's.
Result<boost::asio::ip::tcp::acceptor> ListenOnAll(boost::asio::any_io_executor executor,
                                                   std::uint16_t port);

/// The same on one numeric address. Errors: also kMalformed for what is none.
Result<boost::asio::ip::tcp::acceptor> ListenOn(boost::asio::any_io_executor executor,
                                                const std::string& address, std::uint16_t port);

}  // namespace ingress::net
