#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/event.h"
#include "net/task_scope.h"
#include "rpc/redis_options.h"
#include "rpc/redis_socket.h"
#include "rpc/resp.h"

namespace ingress::rpc {

/// Bytes that may wait for a slow Redis before Send() refuses more.
inline constexpr std::size_t kMaxRedisOutbox = 16 << 20;

/// One connection to Redis, from its making to its loss.
///
/// Commands leave in order and replies come in order; matching them is the owner's. A peer that
/// stops talking is noticed by its silence after a PING.
class RedisConnection {
 public:
  struct Callbacks {
    std::function<void()> on_ready;           // logged in: Send() works
    std::function<void(RespValue)> on_reply;  // any reply or pushed message after that
    std::function<void()> on_ping_due;        // the owner should Send() a PING
  };

  /// `attempt`: counts up, so that of several addresses another one is tried first each time.
  RedisConnection(boost::asio::any_io_executor executor, const RedisOptions& options,
                  unsigned attempt, Callbacks callbacks);

  /// Connects, logs in and reads until the connection is lost or closed; returns why. Once.
  boost::asio::awaitable<Error> Run();

  /// Queues one encoded command. False when not ready, or when too much is queued already.
  bool Send(ByteView command);

  /// host:port that we are connected to, or try.
  const std::string& address() const { return address_; }

  /// Makes Run() end with `why`, unless it has another reason already.
  void Close(Error why);

 private:
  struct Lookup;

  boost::asio::awaitable<Result<void>> Open();
  boost::asio::awaitable<Result<void>> FindMaster();
  boost::asio::awaitable<Result<std::string>> AskSentinel(std::string address);
  boost::asio::awaitable<Result<void>> Connect(std::string address);
  boost::asio::awaitable<Result<boost::asio::ip::tcp::resolver::results_type>> Resolve(
      std::string host, std::string port);
  boost::asio::awaitable<Result<void>> LogIn();
  boost::asio::awaitable<Result<void>> CheckRole();
  boost::asio::awaitable<Result<void>> Authenticate(std::string username, std::string password);
  boost::asio::awaitable<Result<RespValue>> Demand(Bytes command, std::string name);
  boost::asio::awaitable<Result<RespValue>> ReadReply();
  boost::asio::awaitable<Result<void>> ReadMore();
  boost::asio::awaitable<Result<void>> ReadLoop();
  boost::asio::awaitable<void> WriteLoop();
  boost::asio::awaitable<void> Watch();
  std::string WhatDoesNotAnswer() const;

  boost::asio::any_io_executor executor_;
  RedisOptions options_;
  Callbacks callbacks_;
  unsigned attempt_;
  std::string address_;
  std::optional<RedisSocket> socket_;
  net::TaskScope tasks_;
  net::Event changed_;  // found, ready or closed
  net::Event work_;     // for the write loop
  std::array<std::uint8_t, 16 * 1024> buffer_;
  std::optional<RespReader> reader_;
  std::deque<RespValue> inbox_;
  Bytes outbox_;
  bool ready_ = false;
  TimePoint dead_at_;  // without a word from the peer until then
  TimePoint ping_at_;
  std::optional<Error> why_;
};

}  // namespace ingress::rpc
