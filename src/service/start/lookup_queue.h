#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <list>
#include <utility>

#include "base/clock.h"

namespace ingress::service {

/// Lets so many stream keys be looked up at a time, the others in the order in which they came, so
/// that a flood of them does not storm livekit-server. Confined to its executor.
class LookupQueue {
 public:
  static constexpr std::size_t kAtATime = 64;  // some 10 000 a second, at 5 ms each

  explicit LookupQueue(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Leave to look a key up, until it is destroyed; the queue outlives it.
  class Turn {
   public:
    explicit Turn(LookupQueue& queue) : queue_(&queue) {}
    Turn(Turn&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (queue_ != nullptr) queue_->Leave();
    }

   private:
    LookupQueue* queue_;
  };

  /// Returns when it is one's turn.
  boost::asio::awaitable<Turn> Enter() {
    if (running_ < kAtATime) {
      ++running_;
      co_return Turn(*this);
    }
    boost::asio::steady_timer wake(executor_, TimePoint::max());
    waiting_.push_back(&wake);
    co_await wake.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return Turn(*this);  // handed over by the one who left
  }

  /// The next one will have to wait.
  bool busy() const { return running_ >= kAtATime; }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  void Leave() {
    if (waiting_.empty()) {
      --running_;
      return;
    }
    waiting_.front()->cancel();
    waiting_.pop_front();
  }

  boost::asio::any_io_executor executor_;
  std::size_t running_ = 0;
  std::list<boost::asio::steady_timer*> waiting_;
};

}  // namespace ingress::service
