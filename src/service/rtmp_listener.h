#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>
#include <memory>

#include "base/result.h"
#include "net/task_scope.h"
#include "rtmp/connection.h"
#include "service/context.h"

namespace ingress::service {

/// Accepts encoders and runs a connection for each. Confined to its executor; Start() once, await
/// Stop() before it is destroyed.
class RtmpListener {
 public:
  /// Connections of all kinds; one more is closed right after accept.
  static constexpr std::size_t kMaxConnections = 4096;

  /// Binds and listens on all addresses. Errors: kUnavailable with port and reason.
  static Result<std::unique_ptr<RtmpListener>> Make(Context& context, std::uint16_t port);

  std::uint16_t port() const;
  std::size_t open() const { return connections_.size(); }
  std::uint64_t served() const { return served_; }  // connections ever taken
  void Start();

  /// Closes everything and waits for it, publishes that are under way included.
  boost::asio::awaitable<void> Stop();

 private:
  struct Client;

  RtmpListener(Context& context, boost::asio::ip::tcp::acceptor acceptor);
  boost::asio::awaitable<void> Accept();
  boost::asio::awaitable<void> Serve(boost::asio::ip::tcp::socket socket);

  Context& context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  net::TaskScope tasks_;
  std::list<rtmp::Connection*> connections_;
  std::uint64_t served_ = 0;
  bool stopping_ = false;
};

}  // namespace ingress::service
