#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "rpc/message_bus.h"

namespace ingress::rpc {

/// Who listens on which channel, for a bus to deliver to.
///
/// Handlers may subscribe and unsubscribe from within a delivery: who leaves gets nothing more,
/// who joins gets the next message.
class ChannelTable : public std::enable_shared_from_this<ChannelTable> {
 public:
  /// `on_abandoned` hears of each channel that loses its last listener.
  explicit ChannelTable(std::function<void(const std::string& channel)> on_abandoned = {});

  /// Adds a listener for as long as the result lives; it may outlive the table.
  std::unique_ptr<MessageBus::Subscription> Add(const std::string& channel,
                                                MessageBus::Handler handler);

  void Deliver(const std::string& channel, ByteView payload) const;

  bool contains(const std::string& channel) const { return listeners_.contains(channel); }

  /// All channels with a listener, in order.
  std::vector<std::string> channels() const;

 private:
  class Entry;
  using Listeners = std::vector<std::shared_ptr<const MessageBus::Handler>>;

  void Remove(const std::string& channel, const MessageBus::Handler* handler);
  bool IsListening(const std::string& channel, const MessageBus::Handler* handler) const;

  std::function<void(const std::string&)> on_abandoned_;
  std::map<std::string, Listeners> listeners_;  // no empty lists
};

}  // namespace ingress::rpc
