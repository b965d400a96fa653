#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/backoff.h"
#include "net/event.h"
#include "rpc/redis_connection.h"
#include "rpc/redis_options.h"
#include "rpc/resp.h"

namespace ingress::rpc {

/// A connection to Redis that is made again whenever it is lost, after a pause that grows with each
/// failure in a row.
class RedisLink {
 public:
  struct Callbacks {
    std::function<void()> on_up;
    std::function<void(RespValue)> on_reply;
    std::function<void()> on_ping_due;
    std::function<void(const Error& why)> on_down;  // also at each failed attempt
  };

  RedisLink(boost::asio::any_io_executor executor, RedisOptions options, Callbacks callbacks);

  /// Connects until Stop().
  boost::asio::awaitable<void> Run();
  void Stop();

  /// False while the link is down or its queue is full.
  bool Send(ByteView command) { return connection_ && connection_->Send(command); }

  /// Gives the present connection up; the next one follows after the usual pause.
  void Drop(Error why);

  bool up() const { return up_; }

  /// host:port of the server that the newest connection was made to.
  const std::string& address() const { return address_; }

  /// Why the link is down; empty while it is up and before the first attempt has failed.
  const std::optional<Error>& problem() const { return problem_; }

  /// The pause before the next attempt; zero while one is under way.
  std::chrono::milliseconds pause() const { return pause_; }

 private:
  boost::asio::awaitable<Error> ConnectOnce();
  boost::asio::awaitable<void> Pause();

  boost::asio::any_io_executor executor_;
  RedisOptions options_;
  Callbacks callbacks_;
  net::Event stop_signal_;
  std::unique_ptr<RedisConnection> connection_;
  net::Backoff backoff_;
  std::chrono::milliseconds pause_{0};
  std::optional<Error> problem_;
  bool up_ = false;
  std::string address_;
  unsigned attempts_ = 0;
  TimePoint up_since_;
  bool stopped_ = false;
};

}  // namespace ingress::rpc
