#pragma once

#include <boost/asio/ip/address.hpp>
#include <vector>

#include "base/result.h"

namespace ingress::net {

/// The addresses of this machine's interfaces that are up, those of loopback included, without
/// link-local ones, which say nothing without their interface. Errors: kInternal.
Result<std::vector<boost::asio::ip::address>> LocalAddresses();

/// Whether an address can be reached from other networks than its own: neither loopback nor
/// private (RFC 1918, RFC 6598, RFC 4193).
bool IsPublic(const boost::asio::ip::address& address);

}  // namespace ingress::net
