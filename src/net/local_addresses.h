#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace ingress::net {

/// An address of this machine.
struct LocalAddress {
  std::string interface;  // "eth0"
  boost::asio::ip::address address;
};

/// The addresses of this machine's interfaces that are up, those of loopback included, without
/// link-local ones, which say nothing without their interface. Each once. Errors: kInternal.
Result<std::vector<LocalAddress>> LocalAddresses();

/// Whether an address can be reached from other networks than its own: neither loopback nor
/// private (RFC 1918, RFC 6598, RFC 4193).
bool IsPublic(const boost::asio::ip::address& address);

}  // namespace ingress::net
