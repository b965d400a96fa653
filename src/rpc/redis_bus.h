#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "net/event.h"
#include "rpc/message_bus.h"
#include "rpc/redis_options.h"
#include "rpc/resp.h"

namespace ingress::rpc {

class RedisCluster;
class RedisCommands;
class RedisLink;
class RedisSubscriber;

/// The bus on Redis, be it one server, a master that sentinels guard, or a cluster: PUBLISH and SET
/// on one connection, SUBSCRIBE on another.
///
/// Both connections are made anew for as long as it takes, and every channel is subscribed again
/// then; what was published meanwhile is lost, as Redis keeps nothing.
class RedisBus final : public MessageBus {
 public:
  /// Called when the bus comes, goes, or fails for another reason than before; not at each retry.
  /// `status` is what status() says.
  using OnState = std::function<void(bool connected, const std::string& status)>;

  RedisBus(boost::asio::any_io_executor executor, RedisOptions options, OnState on_state = {});
  ~RedisBus() override;

  void Start() override;
  boost::asio::awaitable<void> Stop() override;

  /// Returns when both connections stand.
  boost::asio::awaitable<Result<void>> AwaitConnected(std::chrono::milliseconds timeout) override;

  boost::asio::awaitable<Result<std::unique_ptr<Subscription>>> Subscribe(std::string channel,
                                                                          Handler handler) override;
  boost::asio::awaitable<Result<void>> Publish(std::string channel, Bytes payload) override;
  boost::asio::awaitable<bool> TryLock(std::string key, std::chrono::seconds ttl) override;
  boost::asio::awaitable<void> Unlock(std::string key) override;
  boost::asio::awaitable<std::optional<bool>> HasListeners(std::string channel) override;
  bool connected() const override;
  net::TaskScope& tasks() override { return tasks_; }

  /// For example "redis at 10.0.0.5:6379: connect: Connection refused; retrying in 2 s".
  std::string status() const override;
  std::optional<Error> problem() const override;

 private:
  void OnLinkChange();
  const RedisLink& FailingLink() const;
  boost::asio::awaitable<Result<RespValue>> ExecuteOnKey(std::string key, Bytes command);
  std::string name() const;

  boost::asio::any_io_executor executor_;
  RedisOptions options_;
  OnState on_state_;
  net::TaskScope tasks_;  // answers owed
  net::TaskScope links_;  // the two connections
  net::Event changed_;
  std::unique_ptr<RedisCommands> commands_;
  std::unique_ptr<RedisSubscriber> subscriber_;
  std::unique_ptr<RedisCluster> cluster_;     // for locks; null on a single server
  std::map<std::string, std::string> locks_;  // taken by us and to be given back: key to token
  bool was_connected_ = false;
  std::string last_problem_;
};

}  // namespace ingress::rpc
