#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/event.h"
#include "rpc/channel_table.h"
#include "rpc/message_bus.h"
#include "rpc/redis_link.h"
#include "rpc/redis_options.h"
#include "rpc/resp.h"

namespace ingress::rpc {

/// The connection for SUBSCRIBE. After each reconnect every channel with a listener is subscribed
/// again.
class RedisSubscriber {
 public:
  /// `on_change` is called after the link went up or down.
  RedisSubscriber(boost::asio::any_io_executor executor, const RedisOptions& options,
                  std::function<void()> on_change);

  boost::asio::awaitable<void> Run() { return link_.Run(); }
  void Stop() { link_.Stop(); }
  const RedisLink& link() const { return link_; }

  /// Returns when Redis has confirmed. Errors: kTimeout when it did not, connection time included.
  boost::asio::awaitable<Result<std::unique_ptr<MessageBus::Subscription>>> Subscribe(
      std::string channel, MessageBus::Handler handler);

 private:
  void Request(const std::string& channel);
  void Abandon(const std::string& channel);
  bool IsConfirmed(const std::string& channel) const;
  void OnUp();
  void OnReply(const RespValue& reply);
  void OnConfirmed(const std::string& channel);
  void OnDown();

  std::chrono::milliseconds patience_;
  std::function<void()> on_change_;
  net::Event confirmed_;
  // SUBSCRIBEs of this connection that Redis has not confirmed yet, by channel. A channel that is
  // not listed was not asked for. Counted, because a channel may be left and taken again before
  // the first confirmation is in, which then says nothing.
  std::map<std::string, int> unconfirmed_;
  std::string refusal_;  // the last error reply of this connection, for people
  std::shared_ptr<ChannelTable> table_;
  RedisLink link_;
};

}  // namespace ingress::rpc
