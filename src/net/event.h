#pragma once

#include <boost/asio/awaitable.hpp>
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
/// coroutines wait; they return at their deadlines, or when they are cancelled.
class Event {
 public:
  /// Wakes all that wait now, in the order in which they came.
  void Notify();

  /// Returns at the next Notify(), with true, or else at `deadline` or when the coroutine is
  /// cancelled.
  boost::asio::awaitable<bool> WaitUntil(TimePoint deadline) const {
    return Wait(waiters_, deadline);
  }
  boost::asio::awaitable<bool> WaitFor(Clock::duration limit) const {
    return Wait(waiters_, Clock::now() + limit);
  }

  /// Returns when `condition()` is true, which is looked at now and after each Notify().
  template <typename Condition>
  boost::asio::awaitable<void> WaitUntilTrue(Condition condition) const {
    return Loop(*this, std::move(condition));
  }

 private:
  struct Waiter;
  using Waiters = std::vector<Waiter*>;

  static boost::asio::awaitable<bool> Wait(std::shared_ptr<Waiters> waiters, TimePoint deadline);

  template <typename Condition>
  static boost::asio::awaitable<void> Loop(Event event, Condition condition) {
    while (!condition()) co_await event.WaitUntil(TimePoint::max());
  }

  std::shared_ptr<Waiters> waiters_ = std::make_shared<Waiters>();
};

}  // namespace ingress::net
