#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "net/event.h"
#include "rpc/redis_link.h"
#include "rpc/redis_options.h"
#include "rpc/resp.h"

namespace ingress::rpc {

/// Commands that may wait for their replies at a time.
inline constexpr std::size_t kMaxPendingCommands = 4096;

/// The connection for ordinary commands, each with one reply, pipelined.
class RedisCommands {
 public:
  /// `on_change` is called after the link went up or down.
  RedisCommands(boost::asio::any_io_executor executor, const RedisOptions& options,
                std::function<void()> on_change);

  boost::asio::awaitable<void> Run() { return link_.Run(); }
  void Stop() { link_.Stop(); }
  const RedisLink& link() const { return link_; }

  /// Returns when the link is up, or at `deadline`.
  boost::asio::awaitable<void> AwaitUp(TimePoint deadline);

  /// Sends an encoded command and returns its reply. Errors: kUnavailable while the link is down
  /// and when Redis answers with an error; kTimeout when it does not answer in time (it may have
  /// done the work all the same).
  boost::asio::awaitable<Result<RespValue>> Execute(Bytes command);

 private:
  struct Pending {
    net::Event answered;
    std::optional<Result<RespValue>> reply;
  };

  std::shared_ptr<Pending> Enqueue(ByteView command);
  void OnReply(RespValue reply);
  void OnDown(const Error& why);

  std::chrono::milliseconds reply_timeout_;
  std::function<void()> on_change_;
  net::Event changed_;
  std::deque<std::shared_ptr<Pending>> pending_;  // in the order of the commands
  RedisLink link_;
};

}  // namespace ingress::rpc
