#include "net/task_scope.h"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>

#include "net/event.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> WaitFor(Event event, int& finished) {
  co_await event.WaitUntil(TimePoint::max());
  ++finished;
}

asio::awaitable<void> JoinThenMark(TaskScope& scope, bool& joined) {
  co_await scope.Join();
  joined = true;
}

asio::awaitable<void> SpawnAnother(TaskScope& scope, Event event, int& finished) {
  scope.Spawn(WaitFor(std::move(event), finished));
  co_return;
}

class TaskScopeTest : public testing::Test {
 protected:
  void Join(bool& joined) {
    asio::co_spawn(context_, JoinThenMark(scope_, joined), asio::detached);
  }
  void RunReady() {
    context_.restart();
    context_.poll();
  }

  asio::io_context context_;
  TaskScope scope_{context_.get_executor()};
  Event end_;
  int finished_ = 0;
};

TEST_F(TaskScopeTest, JoinReturnsAtOnceWhenNothingRuns) {
  bool joined = false;
  Join(joined);
  RunReady();
  EXPECT_TRUE(joined);
}

TEST_F(TaskScopeTest, JoinWaitsForEveryTask) {
  scope_.Spawn(WaitFor(end_, finished_));
  scope_.Spawn(WaitFor(end_, finished_));
  EXPECT_EQ(scope_.running(), 2);
  bool joined = false;
  Join(joined);
  RunReady();
  EXPECT_FALSE(joined);
  end_.Notify();
  RunReady();
  EXPECT_TRUE(joined);
  EXPECT_EQ(finished_, 2);
  EXPECT_EQ(scope_.running(), 0);
}

TEST_F(TaskScopeTest, JoinWaitsForATaskThatATaskSpawned) {
  scope_.Spawn(SpawnAnother(scope_, end_, finished_));
  bool joined = false;
  Join(joined);
  RunReady();
  EXPECT_FALSE(joined);
  EXPECT_EQ(scope_.running(), 1);
  end_.Notify();
  RunReady();
  EXPECT_TRUE(joined);
}

TEST_F(TaskScopeTest, CanBeUsedAgainAfterJoin) {
  for (int round = 0; round < 2; ++round) {
    scope_.Spawn(WaitFor(end_, finished_));
    bool joined = false;
    Join(joined);
    RunReady();
    EXPECT_FALSE(joined);
    end_.Notify();
    RunReady();
    EXPECT_TRUE(joined);
  }
}

TEST_F(TaskScopeTest, SeveralMayJoin) {
  scope_.Spawn(WaitFor(end_, finished_));
  bool first = false;
  bool second = false;
  Join(first);
  Join(second);
  RunReady();
  end_.Notify();
  RunReady();
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

TEST(TaskScopeDeathTest, EndsTheProcessWhenATaskWouldOutliveIt) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        asio::io_context context;
        int finished = 0;
        TaskScope scope(context.get_executor());
        scope.Spawn(WaitFor(Event(), finished));
        context.poll();
      },
      "");
}

}  // namespace
}  // namespace ingress::net
