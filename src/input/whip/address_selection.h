#pragma once

#include <boost/asio/ip/address.hpp>
#include <vector>

#include "config/rtc.h"
#include "net/local_addresses.h"

namespace ingress::input {

/// The addresses of the machine by which media may come, as rtc_config.interfaces and
/// rtc_config.ips select them.
std::vector<boost::asio::ip::address> SelectAddresses(const std::vector<net::LocalAddress>& local,
                                                      const config::Rtc& rtc);

}  // namespace ingress::input
