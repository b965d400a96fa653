#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "net/await.h"
#include "net/fair_semaphore.h"
#include "net/task_scope.h"

namespace ingress::net {

/// Keeps TLS handshakes, whose arithmetic takes 0.2 to 5 ms each, from occupying the thread: one
/// step runs at a time, and a pause of the same length follows it. Confined to its executor; await
/// Stop() before it is destroyed.
class HandshakeThrottle {
 public:
  explicit HandshakeThrottle(const boost::asio::any_io_executor& executor)
      : steps_(1), pauses_(executor) {}

  FairSemaphore& steps() { return steps_; }

  /// Ends a step that took so long.
  void End(FairSemaphore::Permit permit, std::chrono::nanoseconds took) {
    if (took >= kWorthAPause) pauses_.Spawn(Pause(std::move(permit), took));
  }

  boost::asio::awaitable<void> Stop() { return pauses_.Join(); }

 private:
  static constexpr std::chrono::microseconds kWorthAPause{50};

  static boost::asio::awaitable<void> Pause(FairSemaphore::Permit permit,
                                            std::chrono::nanoseconds length) {
    const FairSemaphore::Permit held = std::move(permit);
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, length);
    co_await timer.async_wait(kAwait);
  }

  FairSemaphore steps_;
  TaskScope pauses_;
};

}  // namespace ingress::net
