#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "rpc/client_call.h"
#include "rpc/message_bus.h"
#include "rpc/rpc_error.h"

namespace ingress::rpc {

/// Calls methods of one psrpc service. `bus` outlives it; confined to the bus's executor.
class RpcClient {
 public:
  /// Subscribes the client's own channels. Errors: those of MessageBus::Subscribe.
  static boost::asio::awaitable<Result<std::unique_ptr<RpcClient>>> Make(MessageBus& bus,
                                                                         std::string service);

  /// Calls still running end with "canceled".
  ~RpcClient();
  RpcClient(const RpcClient&) = delete;
  RpcClient& operator=(const RpcClient&) = delete;

  /// One attempt, no retry; repeating is the caller's policy. `argument` and the result are
  /// serialized messages. Codes besides the server's own: "unavailable" when the bus is away or no
  /// server bids, "deadline_exceeded", "canceled".
  boost::asio::awaitable<RpcResult<std::string>> Call(std::string method, std::string topic,
                                                      std::string argument,
                                                      CallOptions options = {});

 private:
  struct Core;

  explicit RpcClient(std::shared_ptr<Core> core);

  std::shared_ptr<Core> core_;  // running calls keep it
  std::unique_ptr<MessageBus::Subscription> bids_;
  std::unique_ptr<MessageBus::Subscription> responses_;
};

}  // namespace ingress::rpc
