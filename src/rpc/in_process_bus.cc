#include "rpc/in_process_bus.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace ingress::rpc {

InProcessBus::InProcessBus(boost::asio::any_io_executor executor)
    : executor_(executor), tasks_(std::move(executor)), table_(std::make_shared<ChannelTable>()) {}

InProcessBus::~InProcessBus() = default;

boost::asio::awaitable<Result<std::unique_ptr<MessageBus::Subscription>>> InProcessBus::Subscribe(
    std::string channel, Handler handler) {
  co_return table_->Add(channel, std::move(handler));
}

boost::asio::awaitable<Result<void>> InProcessBus::Publish(std::string channel, Bytes payload) {
  boost::asio::post(executor_, [table = std::weak_ptr(table_), channel = std::move(channel),
                                payload = std::move(payload)] {
    if (const auto alive = table.lock()) alive->Deliver(channel, payload);
  });
  co_return Result<void>{};
}

boost::asio::awaitable<bool> InProcessBus::TryLock(std::string key, std::chrono::seconds ttl) {
  const TimePoint now = Clock::now();
  std::erase_if(locks_, [now](const auto& lock) { return lock.second <= now; });
  co_return locks_.try_emplace(std::move(key), now + ttl).second;
}

boost::asio::awaitable<void> InProcessBus::Unlock(std::string key) {
  locks_.erase(key);
  co_return;
}

boost::asio::awaitable<std::optional<bool>> InProcessBus::HasListeners(std::string channel) {
  co_return table_->contains(channel);
}

boost::asio::awaitable<void> InProcessBus::Stop() { co_await tasks_.Join(); }

}  // namespace ingress::rpc
