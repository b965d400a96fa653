#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace ingress::net {

/// Lets coroutines of one thread wait until something changes: a condition variable without a lock.
///
/// Nobody runs between the look at a condition and the wait that follows it, so a waiter that looks
/// first misses no Notify(). Others may run between a Notify() and the waiter's return, so it looks
/// again. A Notify() while nobody waits has no effect.
///
/// Copies are the same event: what may outlive the owner keeps one. The event may go while
/// coroutines wait; they return at their deadlines, or when they are cancelled. Like a timer, an
/// event that was waited for goes before the context that its waiters ran on.
class Event {
 public:
  /// Wakes all that wait now, in the order in which they came.
  void Notify();

  /// Returns at the next Notify(), with true, or else at `deadline` or when the coroutine is
  /// cancelled.
  boost::asio::awaitable<bool> WaitUntil(TimePoint deadline) const {
    return Wait(state_, deadline);
  }
  boost::asio::awaitable<bool> WaitFor(Clock::duration limit) const {
    return Wait(state_, Clock::now() + limit);
  }

  /// Returns when `condition()` is true, which is looked at now and after each Notify().
  template <typename Condition>
  boost::asio::awaitable<void> WaitUntilTrue(Condition condition) const {
    return Loop(*this, std::move(condition));
  }

 private:
  class Waiter;
  struct State {
    std::vector<Waiter*> waiters;
    /// The timer of the last wait that is over, for the next. To make one is most of what a wait
    /// costs: Asio looks its service up in a locked list.
    std::unique_ptr<boost::asio::steady_timer> spare;
  };

  static boost::asio::awaitable<bool> Wait(std::shared_ptr<State> state, TimePoint deadline);

  template <typename Condition>
  static boost::asio::awaitable<void> Loop(Event event, Condition condition) {
    while (!condition()) co_await event.WaitUntil(TimePoint::max());
  }

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace ingress::net
