#include "net/event.h"

#include <boost/asio/this_coro.hpp>

#include "net/await.h"

namespace ingress::net {

/// One coroutine that waits, or is destroyed while it waits.
class Event::Waiter {
 public:
  Waiter(std::shared_ptr<State> state, const boost::asio::any_io_executor& executor,
         TimePoint deadline)
      : state_(std::move(state)), timer_(std::move(state_->spare)) {
    if (!timer_ || timer_->get_executor() != executor) {
      timer_ = std::make_unique<boost::asio::steady_timer>(executor);
    }
    timer_->expires_at(deadline);
    state_->waiters.push_back(this);
  }
  ~Waiter() { std::erase(state_->waiters, this); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  auto Wait() { return timer_->async_wait(kAwait); }

  void Notify() {
    notified_ = true;
    timer_->cancel();
  }

  /// Returns whether it was notified, once it waits no more.
  bool End() {
    state_->spare = std::move(timer_);
    return notified_;
  }

 private:
  std::shared_ptr<State> state_;
  std::unique_ptr<boost::asio::steady_timer> timer_;
  bool notified_ = false;
};

void Event::Notify() {
  for (Waiter* waiter : state_->waiters) waiter->Notify();
}

boost::asio::awaitable<bool> Event::Wait(std::shared_ptr<State> state, TimePoint deadline) {
  const auto executor = co_await boost::asio::this_coro::executor;
  Waiter self(std::move(state), executor, deadline);
  co_await self.Wait();
  co_return self.End();
}

}  // namespace ingress::net
