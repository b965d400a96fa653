#include "rpc/redis_subscriber.h"

#include <utility>

#include "base/clock.h"
#include "base/utf8.h"

namespace ingress::rpc {
namespace {

bool IsText(const RespValue& value) { return value.type == RespValue::Type::kString; }

}  // namespace

RedisSubscriber::RedisSubscriber(boost::asio::any_io_executor executor, const RedisOptions& options,
                                 std::function<void()> on_change)
    : patience_(options.connect_timeout),
      on_change_(std::move(on_change)),
      table_(
          std::make_shared<ChannelTable>([this](const std::string& channel) { Abandon(channel); })),
      link_(std::move(executor), options,
            {.on_up = [this] { OnUp(); },
             .on_reply = [this](const RespValue& reply) { OnReply(reply); },
             .on_ping_due = [this] { link_.Send(RespCommand({"PING"})); },
             .on_down = [this](const Error&) { OnDown(); }}) {}

boost::asio::awaitable<Result<std::unique_ptr<MessageBus::Subscription>>>
RedisSubscriber::Subscribe(std::string channel, MessageBus::Handler handler) {
  const bool first = !table_->contains(channel);
  std::unique_ptr<MessageBus::Subscription> entry = table_->Add(channel, std::move(handler));
  if (first) Request(channel);
  const TimePoint deadline = Clock::now() + patience_;
  while (!IsConfirmed(channel)) {
    if (Clock::now() >= deadline) {
      co_return Fail(ErrorCode::kTimeout,
                     "redis has not confirmed the subscription of " + channel + refusal_);
    }
    co_await confirmed_.WaitUntil(deadline);
  }
  co_return entry;
}

void RedisSubscriber::Request(const std::string& channel) {
  if (link_.Send(RespCommand({"SUBSCRIBE", channel}))) ++unconfirmed_[channel];
}

void RedisSubscriber::Abandon(const std::string& channel) {
  if (!unconfirmed_.contains(channel)) return;
  link_.Send(RespCommand({"UNSUBSCRIBE", channel}));
  if (unconfirmed_[channel] == 0) unconfirmed_.erase(channel);
}

bool RedisSubscriber::IsConfirmed(const std::string& channel) const {
  const auto found = unconfirmed_.find(channel);
  return found != unconfirmed_.end() && found->second == 0;
}

void RedisSubscriber::OnUp() {
  for (const std::string& channel : table_->channels()) Request(channel);
  on_change_();
}

void RedisSubscriber::OnReply(const RespValue& reply) {
  if (reply.type == RespValue::Type::kError) {
    // Most likely a missing permission. Other channels may be well, so the link stays.
    refusal_ = ": " + ToValidUtf8(reply.text);
    return;
  }
  // Pushed messages are [kind, channel, payload or count]; a PING is answered by two texts.
  const auto& parts = reply.elements;
  if (parts.size() != 3 || !IsText(parts[0]) || !IsText(parts[1])) return;
  if (parts[0].text == "subscribe") OnConfirmed(parts[1].text);
  if (parts[0].text == "message") table_->Deliver(parts[1].text, AsBytes(parts[2].text));
}

void RedisSubscriber::OnConfirmed(const std::string& channel) {
  const auto found = unconfirmed_.find(channel);
  if (found == unconfirmed_.end()) return;
  if (found->second > 0) --found->second;
  if (found->second == 0 && !table_->contains(channel)) unconfirmed_.erase(found);
  confirmed_.Notify();
}

void RedisSubscriber::OnDown() {
  unconfirmed_.clear();
  refusal_.clear();
  on_change_();
}

}  // namespace ingress::rpc
