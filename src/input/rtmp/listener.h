#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "domain/failure.h"
#include "input/certificate/port_certificate.h"
#include "input/guard/connection_place.h"
#include "input/guard/connection_table.h"
#include "input/input.h"
#include "net/acceptor.h"
#include "net/byte_stream.h"
#include "net/task_scope.h"

namespace ingress::input {

/// Accepts encoders and runs a connection for each, as far as the limits on strangers allow.
/// Confined to its executor; Start() once, await Stop() before it is destroyed.
class RtmpListener {
 public:
  enum class Transport { kPlain, kTls };

  /// `node` outlives the listener.
  explicit RtmpListener(Node& node);

  /// For kTls; before Listen() for it. `certificate` outlives the listener.
  void UseCertificate(const PortCertificate& certificate) { certificate_ = &certificate; }

  /// Binds and listens on `port` of all addresses; before Start(). Errors: those of
  /// net::ListenOnAll().
  Result<void> Listen(std::uint16_t port, Transport transport);

  const ConnectionTable& table() const { return table_; }
  void Start();

  /// Closes everything and waits for it, publishes that are under way included.
  boost::asio::awaitable<void> Stop();

 private:
  /// One accepted connection, from its first byte on.
  struct Client {
    std::function<void(const Failure& failure)> close;  // tells it why, where it can be told
    std::function<void()> abort;                        // at once, for its place
  };

  struct Port {
    net::Acceptor acceptor;
    Transport transport;
  };

  void Accept(boost::asio::ip::tcp::socket socket, Transport transport);
  void RecoverFrom(boost::system::error_code error);
  bool KeepReserve(int fd);
  boost::asio::awaitable<void> Serve(boost::asio::ip::tcp::socket socket, Transport transport);
  boost::asio::awaitable<Result<void>> ServeAt(ConnectionPlace& place,
                                               boost::asio::ip::tcp::socket socket,
                                               Transport transport, bool balancer,
                                               std::string& peer, Client& client);
  bool SendsHeader(const boost::asio::ip::tcp::endpoint& remote) const;
  boost::asio::awaitable<Result<std::optional<boost::asio::ip::tcp::endpoint>>> ReadSource(
      boost::asio::ip::tcp::socket& socket, bool balancer);
  boost::asio::awaitable<Result<void>> RunRtmp(std::unique_ptr<net::ByteStream> stream,
                                               std::string peer, ConnectionPlace& place,
                                               Client& client);
  void TellEnd(const ConnectionPlace& place, const std::string& peer, const Error& error);

  Node& node_;
  const PortCertificate* certificate_ = nullptr;  // with RTMPS
  std::list<Port> ports_;
  ConnectionTable table_;
  net::TaskScope tasks_;
  std::list<Client> clients_;
  bool stopping_ = false;
};

}  // namespace ingress::input
