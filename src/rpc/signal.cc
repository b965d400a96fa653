#include "rpc/signal.h"

#include <utility>

#include "net/await.h"

namespace ingress::rpc {

Signal::Signal(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

void Signal::Notify() {
  for (boost::asio::steady_timer* timer : *waiters_) timer->cancel();
}

boost::asio::awaitable<void> Signal::WaitUntil(TimePoint deadline) {
  return Wait(waiters_, executor_, deadline);
}

boost::asio::awaitable<void> Signal::Wait(std::shared_ptr<Waiters> waiters,
                                          boost::asio::any_io_executor executor,
                                          TimePoint deadline) {
  boost::asio::steady_timer timer(executor, deadline);
  const auto leave = [&waiters](boost::asio::steady_timer* mine) { waiters->erase(mine); };
  const std::unique_ptr<boost::asio::steady_timer, decltype(leave)> entry(&timer, leave);
  waiters->insert(&timer);
  co_await timer.async_wait(net::kAwait);
}

}  // namespace ingress::rpc
