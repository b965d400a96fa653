#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "control/control_plane.h"
#include "rpc/message_bus.h"

namespace ingress::control {

/// The lock of an ingress' start, in the bus that all nodes share: it is held until the session can
/// be found by RPC, so that another node which gets the same key in the same moment does not start
/// a second one.
class BusLock final : public StartLock {
 public:
  /// Waits while another node holds the lock; after kPatience it returns a lock that is not held.
  static boost::asio::awaitable<std::unique_ptr<StartLock>> Take(
      boost::asio::any_io_executor executor, rpc::MessageBus& bus, std::string ingress_id);

  BusLock(rpc::MessageBus& bus, std::string key, bool held)
      : bus_(bus), key_(std::move(key)), held_(held) {}

  /// Gives it back, in the bus's tasks.
  ~BusLock() override;
  BusLock(const BusLock&) = delete;
  BusLock& operator=(const BusLock&) = delete;

 private:
  rpc::MessageBus& bus_;
  std::string key_;
  bool held_;
};

}  // namespace ingress::control
