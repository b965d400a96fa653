#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace ingress::net {
namespace detail {

// Gives a value that co_spawn can default-construct when the task throws.
template <typename T>
boost::asio::awaitable<std::optional<T>> Hold(boost::asio::awaitable<T> task) {
  co_return co_await std::move(task);
}

}  // namespace detail

/// Runs `task` on the caller's executor for at most `limit`. Empty when the time ran out first.
///
/// The task is then cancelled (terminal cancellation reaches the operation it waits for) and this
/// returns only after it has ended, so the task may refer to the caller's locals. Its result and
/// any exception of its cancellation are dropped. When the caller itself is cancelled, so is the
/// task, and what the task returned or threw is passed on.
///
/// The task must pass cancellation on: every wait in it uses an Asio operation.
template <typename T>
boost::asio::awaitable<std::optional<T>> TryFor(std::chrono::steady_clock::duration limit,
                                                boost::asio::awaitable<T> task) {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, limit);
  auto race = boost::asio::experimental::make_parallel_group(
      boost::asio::co_spawn(executor, detail::Hold(std::move(task)), boost::asio::deferred),
      timer.async_wait(boost::asio::deferred));
  auto [order, failure, value, timer_error] = co_await race.async_wait(
      boost::asio::experimental::wait_for_one(), boost::asio::use_awaitable);
  constexpr std::size_t kTimer = 1;
  if (order[0] == kTimer && !timer_error) co_return std::nullopt;
  if (failure) std::rethrow_exception(failure);
  co_return std::move(value);
}

/// TryFor() for tasks that already speak in Results: kTimeout when the time ran out.
/// `what`: names the step, for example "redis connect".
template <typename T>
boost::asio::awaitable<Result<T>> WithDeadline(std::chrono::steady_clock::duration limit,
                                               boost::asio::awaitable<Result<T>> task,
                                               std::string what) {
  std::optional<Result<T>> result = co_await TryFor(limit, std::move(task));
  if (result) co_return std::move(*result);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  co_return Fail(ErrorCode::kTimeout, what + ": not done within " + std::to_string(ms) + " ms");
}

}  // namespace ingress::net
