#include "rpc/channel_table.h"

#include <algorithm>
#include <utility>

namespace ingress::rpc {

class ChannelTable::Entry final : public MessageBus::Subscription {
 public:
  Entry(std::weak_ptr<ChannelTable> table, std::string channel, const MessageBus::Handler* handler)
      : table_(std::move(table)), channel_(std::move(channel)), handler_(handler) {}
  ~Entry() override {
    if (const auto table = table_.lock()) table->Remove(channel_, handler_);
  }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

 private:
  std::weak_ptr<ChannelTable> table_;
  std::string channel_;
  const MessageBus::Handler* handler_;  // only compared
};

ChannelTable::ChannelTable(std::function<void(const std::string& channel)> on_abandoned)
    : on_abandoned_(std::move(on_abandoned)) {}

std::unique_ptr<MessageBus::Subscription> ChannelTable::Add(const std::string& channel,
                                                            MessageBus::Handler handler) {
  auto shared = std::make_shared<const MessageBus::Handler>(std::move(handler));
  auto entry = std::make_unique<Entry>(weak_from_this(), channel, shared.get());
  listeners_[channel].push_back(std::move(shared));
  return entry;
}

void ChannelTable::Deliver(const std::string& channel, ByteView payload) const {
  const auto found = listeners_.find(channel);
  if (found == listeners_.end()) return;
  const Listeners snapshot = found->second;  // a handler may change the list
  for (const auto& handler : snapshot) {
    if (IsListening(channel, handler.get())) (*handler)(payload);
  }
}

std::vector<std::string> ChannelTable::channels() const {
  std::vector<std::string> names;
  names.reserve(listeners_.size());
  for (const auto& [channel, listeners] : listeners_) names.push_back(channel);
  return names;
}

void ChannelTable::Remove(const std::string& channel, const MessageBus::Handler* handler) {
  const auto found = listeners_.find(channel);
  if (found == listeners_.end()) return;
  std::erase_if(found->second, [&](const auto& listener) { return listener.get() == handler; });
  if (!found->second.empty()) return;
  listeners_.erase(found);
  if (on_abandoned_) on_abandoned_(channel);
}

bool ChannelTable::IsListening(const std::string& channel,
                               const MessageBus::Handler* handler) const {
  const auto found = listeners_.find(channel);
  return found != listeners_.end() && std::ranges::any_of(found->second, [&](const auto& listener) {
           return listener.get() == handler;
         });
}

}  // namespace ingress::rpc
