#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "base/result.h"
#include "livekit/signal_url.h"
#include "net/acceptor.h"

namespace ingress::livekit {

/// Lets libnice, which cannot do TLS, reach a TURN server over TLS: a port on loopback whose
/// connections are carried on over TLS to `server`, certificate checked.
///
/// Confined to its executor. Held by shared_ptr, because its coroutines keep it until they have
/// ended, which Close() brings about.
class TlsTunnel : public std::enable_shared_from_this<TlsTunnel> {
 public:
  static constexpr std::size_t kMaxConnections = 16;  // libnice opens one per local address

  /// Errors: those of net::ListenOn().
  static Result<std::shared_ptr<TlsTunnel>> Open(boost::asio::any_io_executor executor,
                                                 ServerAddress server);

  std::uint16_t port() const { return acceptor_.port(); }

  /// Why the last connection did not get to the server; empty when it did, or none was tried.
  const std::string& failure() const { return failure_; }

  /// Closes the port and all connections.
  void Close();

 private:
  class Connection;

  TlsTunnel(boost::asio::ip::tcp::acceptor acceptor, ServerAddress server);
  void Accept(boost::asio::ip::tcp::socket local);

  ServerAddress server_;
  net::Acceptor acceptor_;
  std::string failure_;
  std::set<std::shared_ptr<Connection>> connections_;
};

}  // namespace ingress::livekit
