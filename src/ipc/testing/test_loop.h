#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace ingress::ipc::testing {

/// An event loop that a test steps: Start() begins a coroutine, Await() runs until it has a result.
class TestLoop {
 public:
  template <typename T>
  using Pending = std::shared_ptr<std::optional<T>>;

  template <typename T>
  Pending<T> Start(boost::asio::awaitable<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    boost::asio::co_spawn(io_, std::move(task), [result](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      *result = std::move(value);
    });
    return result;
  }

  template <typename T>
  T Await(Pending<T> result) {
    const auto limit = std::chrono::steady_clock::now() + kGuard;
    io_.restart();  // it stops whenever it runs out of work
    while (!*result && io_.run_one_until(limit) > 0) {
    }
    EXPECT_TRUE(result->has_value()) << "no result";
    return result->has_value() ? std::move(**result) : T{};
  }

  template <typename T>
  T Await(boost::asio::awaitable<T> task) {
    return Await<T>(Start(std::move(task)));
  }

  boost::asio::io_context& io() { return io_; }
  boost::asio::any_io_executor executor() { return io_.get_executor(); }

 private:
  static constexpr std::chrono::seconds kGuard{20};  // only a broken test waits this long

  boost::asio::io_context io_;
};

}  // namespace ingress::ipc::testing
