#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "net/task_scope.h"

namespace ingress::rpc {

/// Publish and subscribe by exact channel name, and short-lived locks: all that psrpc needs.
/// Implementations: RedisBus, InProcessBus. Confined to one executor.
class MessageBus {
 public:
  using Handler = std::function<void(ByteView payload)>;

  /// Keeps one handler subscribed; destroying it unsubscribes.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };

  virtual ~MessageBus() = default;

  /// Begins to connect, where there is something to connect to; once.
  virtual void Start() {}

  /// Waits for the answers still owed, then disconnects. Subscriptions and RPC objects of this bus
  /// should be gone by now. Call it before the destructor.
  virtual boost::asio::awaitable<void> Stop() = 0;

  /// Returns when the bus can be used. Errors: kTimeout with status() as context.
  virtual boost::asio::awaitable<Result<void>> AwaitConnected(
      std::chrono::milliseconds /*timeout*/) {
    co_return Result<void>{};
  }

  /// One line for logs and the health page, without secrets.
  virtual std::string status() const = 0;

  /// Why it is not connected; empty when it is, and before the first attempt has failed.
  virtual std::optional<Error> problem() const { return std::nullopt; }

  /// Returns once the bus confirmed the subscription, so that no later message is missed. While
  /// the bus is away the subscription waits and is renewed after each reconnect.
  /// Errors: kTimeout when the bus did not confirm in time.
  virtual boost::asio::awaitable<Result<std::unique_ptr<Subscription>>> Subscribe(
      std::string channel, Handler handler) = 0;

  /// Errors: kUnavailable while the bus is away, kTimeout.
  virtual boost::asio::awaitable<Result<void>> Publish(std::string channel, Bytes payload) = 0;

  /// Takes the lock `key` for `ttl` unless somebody holds it. False also on any bus error: a lock
  /// that could not be taken is not ours.
  virtual boost::asio::awaitable<bool> TryLock(std::string key, std::chrono::seconds ttl) = 0;

  /// Gives a lock back that TryLock() has taken, of a key that begins with "livekit_ingress:",
  /// unless its time is up and somebody else has it.
  virtual boost::asio::awaitable<void> Unlock(std::string key) = 0;

  /// Whether anybody is subscribed to `channel`; empty when the bus cannot tell.
  virtual boost::asio::awaitable<std::optional<bool>> HasListeners(std::string channel) = 0;

  /// Whether the bus is reachable now, for the health page.
  virtual bool connected() const = 0;

  /// Work that uses the bus and may outlive whoever began it, such as an answer still owed to a
  /// caller. The bus joins it in Stop().
  virtual net::TaskScope& tasks() = 0;
};

}  // namespace ingress::rpc
