#include "input/check.h"

#include "net/listen.h"
#include "net/no_port.h"

namespace ingress::input {

CheckLine CheckPort(const boost::asio::any_io_executor& executor, std::string_view key,
                    std::uint16_t port, Reach reach) {
  const auto acceptor = reach == Reach::kLoopback ? net::ListenOn(executor, "127.0.0.1", port)
                                                  : net::ListenOnAll(executor, port);
  return {.good = acceptor.has_value(),
          .what = std::string(key),
          .text = acceptor ? std::to_string(port) + " is free"
                           : net::NoPort(key, port, acceptor.error()).context};
}

}  // namespace ingress::input
