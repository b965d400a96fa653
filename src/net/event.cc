#include "net/event.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "net/await.h"

namespace ingress::net {

struct Event::Waiter {
  Waiter(std::shared_ptr<Waiters> all_waiters, const boost::asio::any_io_executor& executor,
         TimePoint deadline)
      : all(std::move(all_waiters)), timer(executor, deadline) {
    all->push_back(this);
  }
  ~Waiter() { std::erase(*all, this); }  // also where a coroutine is destroyed while it waits
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  std::shared_ptr<Waiters> all;
  boost::asio::steady_timer timer;
  bool notified = false;
};

void Event::Notify() {
  for (Waiter* waiter : *waiters_) {
    waiter->notified = true;
    waiter->timer.cancel();
  }
}

boost::asio::awaitable<bool> Event::Wait(std::shared_ptr<Waiters> waiters, TimePoint deadline) {
  const auto executor = co_await boost::asio::this_coro::executor;
  Waiter self(std::move(waiters), executor, deadline);
  co_await self.timer.async_wait(kAwait);
  co_return self.notified;
}

}  // namespace ingress::net
