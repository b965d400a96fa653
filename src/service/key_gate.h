#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"

namespace ingress::service {

/// Lets one at a time through for each key, so that of two publishes with one key in the same
/// moment the second one finds what became of the first. Confined to its executor.
class KeyGate {
 public:
  explicit KeyGate(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  /// Holds the gate of a key until it is destroyed; the gate outlives it.
  class Turn {
   public:
    Turn(KeyGate& gate, std::string key) : gate_(&gate), key_(std::move(key)) {}
    Turn(Turn&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), key_(std::move(other.key_)) {}
    Turn& operator=(Turn&&) = delete;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (gate_ != nullptr) gate_->Leave(key_);
    }

   private:
    KeyGate* gate_;
    std::string key_;
  };

  /// Returns when nobody else holds the gate of `key`.
  boost::asio::awaitable<Turn> Enter(std::string key) {
    boost::asio::steady_timer wake(executor_, TimePoint::max());
    while (held_.contains(key)) {
      held_[key].insert(&wake);
      ++waiting_;
      co_await wake.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      --waiting_;
      const auto found = held_.find(key);
      if (found != held_.end()) found->second.erase(&wake);
    }
    held_.try_emplace(key);
    co_return Turn(*this, std::move(key));
  }

  /// For all keys together.
  std::size_t waiting() const { return waiting_; }

 private:
  void Leave(const std::string& key) {
    const auto waiters = held_.extract(key);
    for (boost::asio::steady_timer* waiter : waiters.mapped()) waiter->cancel();
  }

  boost::asio::any_io_executor executor_;
  std::map<std::string, std::set<boost::asio::steady_timer*>> held_;
  std::size_t waiting_ = 0;
};

}  // namespace ingress::service
