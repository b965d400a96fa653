#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/task_scope.h"
#include "rtmp/connection.h"
#include "service/connection_place.h"
#include "service/connection_table.h"
#include "service/context.h"
#include "service/descriptor_budget.h"

namespace ingress::service {

/// Accepts encoders and runs a connection for each, as far as the limits on strangers allow.
/// Confined to its executor; Start() once, await Stop() before it is destroyed.
class RtmpListener {
 public:
  /// Binds and listens on all addresses. Errors: kUnavailable with port and reason.
  static Result<std::unique_ptr<RtmpListener>> Make(Context& context, std::uint16_t port,
                                                    DescriptorBudget descriptors);

  std::uint16_t port() const;
  std::size_t open() const { return connections_.size(); }
  const ConnectionTable& table() const { return table_; }
  std::uint64_t served() const { return served_; }  // connections ever taken
  void Start();

  /// Closes everything and waits for it, publishes that are under way included.
  boost::asio::awaitable<void> Stop();

 private:
  RtmpListener(Context& context, boost::asio::ip::tcp::acceptor acceptor,
               DescriptorBudget descriptors);
  boost::asio::awaitable<void> Accept();
  boost::asio::awaitable<void> RecoverFrom(boost::system::error_code error);
  bool KeepReserve(int fd);
  boost::asio::awaitable<void> Serve(boost::asio::ip::tcp::socket socket);
  void TellEnd(const ConnectionPlace& place, const std::string& peer, const Error& error);

  Context& context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  DescriptorBudget descriptors_;
  ConnectionTable table_;
  boost::asio::steady_timer pause_;
  net::TaskScope tasks_;
  std::list<rtmp::Connection*> connections_;
  std::uint64_t served_ = 0;
  bool stopping_ = false;
};

}  // namespace ingress::service
