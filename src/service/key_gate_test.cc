#include "service/key_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "rpc/in_process_bus.h"
#include "service/start_lock.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;

class KeyGateTest : public ::testing::Test {
 protected:
  asio::awaitable<void> Pass(std::string key, std::string name) {
    const KeyGate::Turn turn = co_await gate_.Enter(std::move(key));
    order_.push_back(name + " in");
    co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
    order_.push_back(name + " out");
  }

  void Start(std::string key, std::string name) {
    io_.restart();
    asio::co_spawn(io_, Pass(std::move(key), std::move(name)), [](const std::exception_ptr&) {});
    io_.poll();
  }

  void LetThemOut() {
    io_.restart();
    pause_.cancel();
    io_.poll();
  }

  asio::io_context io_;
  KeyGate gate_{io_.get_executor()};
  asio::steady_timer pause_{io_, TimePoint::max()};
  std::vector<std::string> order_;
};

TEST_F(KeyGateTest, LetsOneThroughForEachKey) {
  Start("k", "a");
  Start("k", "b");
  Start("other", "c");
  EXPECT_THAT(order_, ElementsAre("a in", "c in"));
  EXPECT_EQ(gate_.waiting(), 1U);
  LetThemOut();
  EXPECT_EQ(gate_.waiting(), 0U);
  LetThemOut();
  EXPECT_EQ(order_.size(), 6U);
  EXPECT_EQ(order_[4], "b in");
}

TEST(StartLockTest, TheSecondNodeWaitsForTheFirst) {
  asio::io_context io;
  rpc::InProcessBus bus(io.get_executor());
  std::vector<std::unique_ptr<StartLock>> locks;
  const auto take = [&] {
    io.restart();
    asio::co_spawn(io, StartLock::Take(io.get_executor(), bus, "IN_1"),
                   [&](const std::exception_ptr&, std::unique_ptr<StartLock> lock) {
                     locks.push_back(std::move(lock));
                   });
  };
  take();
  io.poll();
  ASSERT_EQ(locks.size(), 1U);
  take();
  io.poll();
  EXPECT_EQ(locks.size(), 1U);
  locks[0].reset();
  while (locks.size() < 2) {
    io.restart();  // it stops whenever it has run out of work
    io.run_one();
  }
  locks.clear();
  io.restart();
  io.poll();
}

}  // namespace
}  // namespace ingress::service
