#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <string>
#include <string_view>

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

}  // namespace ingress::input
