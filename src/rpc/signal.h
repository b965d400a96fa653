#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>

#include "base/clock.h"

namespace ingress::rpc {

/// A condition for coroutines of one executor: "something changed, look again".
///
/// As with a condition variable, the caller checks its condition in a loop around WaitUntil().
class Signal {
 public:
  explicit Signal(boost::asio::any_io_executor executor);

  /// Wakes everybody who waits now.
  void Notify();

  /// Returns after the next Notify() or at `deadline`, whichever comes first. The caller keeps
  /// what it checks alive; the Signal itself may go meanwhile.
  boost::asio::awaitable<void> WaitUntil(TimePoint deadline);

 private:
  using Waiters = std::set<boost::asio::steady_timer*>;

  static boost::asio::awaitable<void> Wait(std::shared_ptr<Waiters> waiters,
                                           boost::asio::any_io_executor executor,
                                           TimePoint deadline);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<Waiters> waiters_ = std::make_shared<Waiters>();
};

}  // namespace ingress::rpc
