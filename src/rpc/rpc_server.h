#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "rpc/message_bus.h"
#include "rpc/rpc_error.h"

namespace ingress::rpc {

/// Requests of one method that are worked on at a time; more are dropped, and their callers try
/// again.
inline constexpr int kMaxRequestsInFlight = 64;

/// Serves one method of a psrpc service, under one topic, for as long as it lives.
///
/// A request whose grant has come is always answered, once: by its handler, which runs on after
/// the server is gone (in the bus's tasks), or with "canceled" if the server went before the
/// handler began. `bus` outlives it; confined to the bus's executor.
class RpcServer {
 public:
  struct Method {
    std::string service;
    std::string name;
    std::string topic;  // empty: none
    bool queue = true;  // one server takes each request
    bool claim = true;  // and is granted it by the client
    /// The bid, above 0: of several servers the client takes the one that bids most, where the
    /// method has an affinity.
    float affinity = 1;
    /// How long to leave a request to other servers before we bid ourselves; psrpc's clients take
    /// bids for 1 s.
    std::chrono::milliseconds bid_after{0};
  };

  /// Does the work, begun after the grant; the result is a serialized message.
  using Job = std::function<boost::asio::awaitable<RpcResult<std::string>>()>;

  /// Parses the argument. A failure is answered at once, without bid and grant.
  using Prepare = std::function<RpcResult<Job>(const std::string& argument)>;

  /// Errors: those of MessageBus::Subscribe.
  static boost::asio::awaitable<Result<std::unique_ptr<RpcServer>>> Make(MessageBus& bus,
                                                                         Method method,
                                                                         Prepare prepare);

  /// From now on leaves each request to other servers of the topic for so long before it tries to
  /// take it. For queue methods; psrpc's clients take bids for 1 s.
  void StandBack(std::chrono::milliseconds time);

  ~RpcServer();
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

 private:
  struct Core;

  explicit RpcServer(std::shared_ptr<Core> core);

  std::shared_ptr<Core> core_;  // requests being worked on keep it
  std::unique_ptr<MessageBus::Subscription> grants_;
  std::unique_ptr<MessageBus::Subscription> requests_;
};

namespace detail {

template <typename Argument, typename Reply>
boost::asio::awaitable<RpcResult<std::string>> RunTyped(
    std::function<boost::asio::awaitable<RpcResult<Reply>>(Argument)> handler, Argument argument) {
  RpcResult<Reply> reply = co_await handler(std::move(argument));
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  co_return reply->SerializeAsString();
}

}  // namespace detail

/// A handler of messages as a handler of bytes.
template <typename Argument, typename Reply>
RpcServer::Prepare PrepareTyped(
    std::function<boost::asio::awaitable<RpcResult<Reply>>(Argument)> handler) {
  return [handler = std::move(handler)](const std::string& bytes) -> RpcResult<RpcServer::Job> {
    Argument argument;
    if (!argument.ParseFromString(bytes)) {
      return RpcFail("malformed_request", "not a " + argument.GetTypeName());
    }
    return [handler, argument] { return detail::RunTyped(handler, argument); };
  };
}

}  // namespace ingress::rpc
