#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "net/event.h"
#include "net/step_throttle.h"

namespace ingress::net {

/// Takes the connections of one port that is listened on. Confined to its executor; await Run()
/// before it is destroyed.
class Acceptor {
 public:
  /// After an error: as a rule no descriptor is left, and some come back when connections end.
  static constexpr std::chrono::milliseconds kPauseAfterError{100};

  struct Callbacks {
    std::function<void(boost::asio::ip::tcp::socket socket)> on_connection;
    /// A connection could not be taken; the next attempt follows after kPauseAfterError.
    std::function<void(boost::system::error_code error)> on_error = {};
  };

  /// `listening`: see ListenOnAll() and ListenOn(). `throttle`: where strangers come by this port;
  /// each connection is charged to it, and none is taken while strangers rest.
  explicit Acceptor(boost::asio::ip::tcp::acceptor listening, StepThrottle* throttle = nullptr);

  /// Takes connections until Close().
  boost::asio::awaitable<void> Run(Callbacks callbacks);

  /// Gives the port back. Idempotent.
  void Close();

  /// As it was listened on; another port than asked for when that was 0.
  const boost::asio::ip::tcp::endpoint& endpoint() const { return endpoint_; }
  std::uint16_t port() const { return endpoint_.port(); }
  boost::asio::any_io_executor executor() { return acceptor_.get_executor(); }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::endpoint endpoint_;
  StepThrottle* throttle_;
  Event closed_;
};

}  // namespace ingress::net
