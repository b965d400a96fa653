#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "rpc/channel_table.h"
#include "rpc/message_bus.h"

namespace ingress::rpc {

/// A bus within one process: for a node that runs without Redis, and for tests.
///
/// Delivery is posted, never made from within Publish(), as on a real bus. A subscriber that went
/// away meanwhile gets nothing.
class InProcessBus final : public MessageBus {
 public:
  explicit InProcessBus(boost::asio::any_io_executor executor);
  ~InProcessBus() override;

  boost::asio::awaitable<Result<std::unique_ptr<Subscription>>> Subscribe(std::string channel,
                                                                          Handler handler) override;
  boost::asio::awaitable<Result<void>> Publish(std::string channel, Bytes payload) override;
  boost::asio::awaitable<bool> TryLock(std::string key, std::chrono::seconds ttl) override;
  boost::asio::awaitable<void> Unlock(std::string key) override;
  boost::asio::awaitable<std::optional<bool>> HasListeners(std::string channel) override;
  bool connected() const override { return true; }
  std::string status() const override { return "within this process"; }
  net::TaskScope& tasks() override { return tasks_; }

  boost::asio::awaitable<void> Stop() override;

 private:
  boost::asio::any_io_executor executor_;
  net::TaskScope tasks_;
  std::shared_ptr<ChannelTable> table_;
  std::map<std::string, TimePoint> locks_;  // key to end of the lock
};

}  // namespace ingress::rpc
