#include "net/step_throttle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/loop_turns.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class StepThrottleTest : public testing::Test {
 protected:
  void SetUp() override { turns_.Attach(); }
  void TearDown() override { turns_.Detach(); }

  /// Takes a step, and has the loop do something else from within it.
  asio::awaitable<void> Take(std::string name, StepThrottle::Rank rank) {
    StepThrottle::Waiter& waiter = waiters_.try_emplace(name, throttle_, name).first->second;
    const auto step = co_await waiter.Begin(rank);
    log_.push_back(step ? name : name + " gone");
    if (step) asio::post(context_, [this] { log_.emplace_back("other"); });
  }

  asio::awaitable<void> BringMore() {
    co_await throttle_.Rest();
    log_.emplace_back("more");
  }

  void Arrive(std::string name, StepThrottle::Rank rank = StepThrottle::Rank::kFirst) {
    Spawn(Take(std::move(name), rank));
  }

  void Spawn(asio::awaitable<void> task) {
    asio::co_spawn(context_, std::move(task), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
  }

  void Run() {
    context_.restart();
    context_.run_for(20s);
  }

  LoopTurns turns_;
  asio::io_context context_;
  StepThrottle throttle_{context_.get_executor()};
  std::map<std::string, StepThrottle::Waiter> waiters_;
  std::vector<std::string> log_;
};

TEST_F(StepThrottleTest, TheLoopDoesOtherThingsBetweenTwoSteps) {
  Arrive("a");
  Arrive("b");
  Arrive("c");
  Run();
  EXPECT_THAT(log_, ElementsAre("a", "other", "c", "other", "b", "other"));
  EXPECT_EQ(throttle_.waiting(), 0U);
}

TEST_F(StepThrottleTest, WhoHasBegunGoesFirst) {
  Arrive("a");
  Arrive("b", StepThrottle::Rank::kBegun);
  Arrive("c");
  Run();
  EXPECT_THAT(log_, ElementsAre("a", "other", "b", "other", "c", "other"));
}

TEST_F(StepThrottleTest, OneTaskTakesStepAfterStep) {
  Arrive("a");
  Run();
  Arrive("a");
  Run();
  EXPECT_THAT(log_, ElementsAre("a", "other", "a", "other"));
}

TEST_F(StepThrottleTest, WhoIsCancelledGoesWithoutAStep) {
  Arrive("a");
  Arrive("b");
  Arrive("c");
  for (int i = 0; i < 3; ++i) context_.run_one();
  waiters_.at("c").Cancel();
  Run();
  EXPECT_THAT(log_, ElementsAre("a", "other", "c gone", "b", "other"));
}

TEST_F(StepThrottleTest, RestsWhenStrangersHaveCostTooMuch) {
  const TimePoint began = Clock::now();
  throttle_.Charge(5ms);
  Arrive("a");
  Arrive("b");
  Spawn(BringMore());
  Run();
  EXPECT_GE(Clock::now() - began, 5ms);
  EXPECT_THAT(log_, UnorderedElementsAre("a", "other", "b", "other", "more"));
}

}  // namespace
}  // namespace ingress::net
