#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/helper_thread.h"
#include "base/result.h"
#include "net/event.h"

namespace ingress::net {

/// Runs `work` on `helper` and returns its value on the caller's executor: for what can wait for a
/// disk. The caller may be cancelled meanwhile, so `work` owns what it uses, and the executor's
/// context outlives the helper's tasks or the process ends with it.
///
/// Errors: kLimitExceeded when too much waits for the helper already; nothing is run then.
template <typename Work, typename T = std::invoke_result_t<Work>>
boost::asio::awaitable<Result<T>> Elsewhere(HelperThread& helper, Work work) {
  struct Outcome {
    std::optional<T> value;
    Event done;
  };
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto outcome = std::make_shared<Outcome>();
  const bool taken = helper.Run([executor, outcome, work = std::move(work)]() mutable {
    boost::asio::post(executor, [outcome = std::move(outcome), value = work()]() mutable {
      outcome->value = std::move(value);
      outcome->done.Notify();
    });
  });
  if (!taken) co_return Fail(ErrorCode::kLimitExceeded, "too much waits for the disk");
  co_await outcome->done.WaitUntilTrue([&outcome] { return outcome->value.has_value(); });
  co_return std::move(*outcome->value);
}

}  // namespace ingress::net
