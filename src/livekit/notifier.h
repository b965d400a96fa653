#pragma once

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/await.h"

namespace ingress::livekit {

/// Lets coroutines of one executor wait until something changes; each checks by itself what.
class Notifier {
 public:
  explicit Notifier(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// Returns at the next NotifyAll(), or at `deadline`.
  boost::asio::awaitable<void> Wait(TimePoint deadline) {
    boost::asio::steady_timer timer(executor_, deadline);
    const Waiter waiter(waiters_, timer);
    co_await timer.async_wait(net::kAwait);
  }

  void NotifyAll() {
    for (boost::asio::steady_timer* waiter : waiters_) waiter->cancel();
  }

 private:
  using Waiters = std::vector<boost::asio::steady_timer*>;

  // Takes the timer off the list also when the coroutine is destroyed while it waits.
  class Waiter {
   public:
    Waiter(Waiters& waiters, boost::asio::steady_timer& timer) : waiters_(waiters), timer_(timer) {
      waiters_.push_back(&timer_);
    }
    ~Waiter() { std::erase(waiters_, &timer_); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

   private:
    Waiters& waiters_;
    boost::asio::steady_timer& timer_;
  };

  boost::asio::any_io_executor executor_;
  Waiters waiters_;
};

}  // namespace ingress::livekit
