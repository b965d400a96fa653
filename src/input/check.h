#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "input/certificate/port_certificate.h"

namespace ingress::input {

/// One thing that a node needs, looked at before it serves.
struct CheckLine {
  bool good = false;
  std::string what;  // "redis"
  std::string text;  // what was found, and the remedy where it is not good
};

enum class Reach : std::uint8_t { kAll, kLoopback };

/// Tries whether a TCP port can be bound. `key`: of the configuration.
CheckLine CheckPort(const boost::asio::any_io_executor& executor, std::string_view key,
                    std::uint16_t port, Reach reach = Reach::kAll);

/// Looks at the certificate and key of a port. `what`: the line's subject. May wait for a disk.
CheckLine CheckCertificate(std::string_view what, const PortCertificate::Files& files);

}  // namespace ingress::input
