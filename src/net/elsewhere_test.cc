#include "net/elsewhere.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "net/deadline.h"

namespace ingress::net {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

class ElsewhereTest : public ::testing::Test {
 protected:
  template <typename T>
  T Await(asio::awaitable<T> task) {
    std::optional<T> result;
    asio::co_spawn(loop_, std::move(task), [&](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      result = std::move(value);
    });
    loop_.restart();
    while (!result && loop_.run_one_for(20s) > 0) {
    }
    return std::move(*result);
  }

  asio::io_context loop_{1};
};

TEST_F(ElsewhereTest, BringsTheResultBackToTheLoop) {
  HelperThread helper;
  const auto there = Await(Elsewhere(helper, [] { return std::this_thread::get_id(); }));
  ASSERT_TRUE(there);
  EXPECT_FALSE(*there == std::this_thread::get_id());
}

TEST_F(ElsewhereTest, ADeadlineHoldsAlthoughTheWorkIsStuck) {
  auto go_on = std::make_shared<std::promise<void>>();
  auto done = std::make_shared<std::promise<void>>();
  HelperThread helper({.tasks = 1, .farewell = 0ms});
  const auto stuck = [=] {
    go_on->get_future().wait();
    done->set_value();
    return std::string("late");
  };
  EXPECT_EQ(Await(WithDeadline(10ms, Elsewhere(helper, stuck), "read")).error().code,
            ErrorCode::kTimeout);
  EXPECT_TRUE(helper.Run([] {}));
  EXPECT_EQ(Await(Elsewhere(helper, [] { return 1; })).error().code, ErrorCode::kLimitExceeded);
  go_on->set_value();
  done->get_future().wait();
}

}  // namespace
}  // namespace ingress::net
