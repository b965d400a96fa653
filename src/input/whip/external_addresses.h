#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <map>
#include <string>
#include <vector>

namespace ingress::input {

/// The addresses under which others see those of the machine, by the latter.
using ExternalAddresses = std::map<boost::asio::ip::address, boost::asio::ip::address>;

/// Asks STUN servers ("host:port") from each address of `local` that is IPv4 and not loopback
/// (RFC 8489 §2). What gets no answer within some seconds is left out.
boost::asio::awaitable<ExternalAddresses> LookUpExternalAddresses(
    boost::asio::any_io_executor executor, std::vector<boost::asio::ip::address> local,
    std::vector<std::string> servers);

}  // namespace ingress::input
