#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include "net/event.h"

namespace ingress::net {

/// Owns the coroutines that a parent starts, so that none outlives what it refers to.
///
/// Confined to its executor. The parent awaits Join() before it goes; the destructor terminates the
/// process when a task is still running, because that task would use freed memory.
class TaskScope {
 public:
  explicit TaskScope(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  ~TaskScope() {
    if (running_ != 0) std::terminate();
  }
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  /// Runs `task` on the scope's executor. An exception out of a task is a bug and ends the process.
  void Spawn(boost::asio::awaitable<void> task) {
    ++running_;
    boost::asio::co_spawn(executor_, std::move(task), [this](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
      if (--running_ == 0) idle_.Notify();
    });
  }

  /// Returns when no task is running. Tasks are told to stop by their owner, not by the scope.
  boost::asio::awaitable<void> Join() {
    co_await idle_.WaitUntilTrue([this] { return running_ == 0; });
  }

  int running() const { return running_; }

 private:
  boost::asio::any_io_executor executor_;
  Event idle_;  // no task is running
  int running_ = 0;
};

}  // namespace ingress::net
