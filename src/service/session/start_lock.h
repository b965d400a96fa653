#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "rpc/message_bus.h"

namespace ingress::service {

/// Held by the node that starts a session of an ingress until the session can be found by RPC, so
/// that another node which gets the same key in the same moment does not start a second one.
class StartLock {
 public:
  /// Waits while another node holds the lock, but not for long: a lock is no reason not to stream.
  static boost::asio::awaitable<std::unique_ptr<StartLock>> Take(
      boost::asio::any_io_executor executor, rpc::MessageBus& bus, std::string ingress_id);

  /// Gives it back, in the bus's tasks.
  ~StartLock();
  StartLock(const StartLock&) = delete;
  StartLock& operator=(const StartLock&) = delete;

 private:
  StartLock(rpc::MessageBus& bus, std::string key, bool held)
      : bus_(bus), key_(std::move(key)), held_(held) {}

  rpc::MessageBus& bus_;
  std::string key_;
  bool held_;
};

}  // namespace ingress::service
