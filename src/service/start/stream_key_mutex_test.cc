#include "service/start/stream_key_mutex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/event.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;

class StreamKeyMutexTest : public ::testing::Test {
 protected:
  asio::awaitable<void> Pass(std::string key, std::string name) {
    StreamKeyMutex::Visitor& visitor = visitors_.try_emplace(name, key).first->second;
    auto turn = co_await gate_.Enter(visitor);
    if (!turn) {
      order_.push_back(name + " " + std::string(turn.error().name()));
      co_return;
    }
    order_.push_back(name + " in");
    co_await pause_.WaitUntil(TimePoint::max());
    if (refuse_waiting_) turn->RefuseWaiting(*refuse_waiting_);
    order_.push_back(name + " out");
  }

  void Start(std::string key, std::string name) {
    io_.restart();
    asio::co_spawn(io_, Pass(std::move(key), std::move(name)), [](const std::exception_ptr&) {});
    io_.poll();
  }

  void LetThemOut() {
    io_.restart();
    pause_.Notify();
    io_.poll();
  }

  asio::io_context io_;
  StreamKeyMutex gate_;
  std::map<std::string, StreamKeyMutex::Visitor> visitors_;  // by name
  std::optional<Failure> refuse_waiting_;                    // by whoever leaves
  net::Event pause_;
  std::vector<std::string> order_;
};

TEST_F(StreamKeyMutexTest, LetsOneThroughForEachKey) {
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

TEST_F(StreamKeyMutexTest, LetsThemThroughInTheirOrder) {
  Start("k", "a");
  Start("k", "b");
  Start("k", "c");
  LetThemOut();
  LetThemOut();
  LetThemOut();
  EXPECT_THAT(order_, ElementsAre("a in", "a out", "b in", "b out", "c in", "c out"));
}

TEST_F(StreamKeyMutexTest, IsFullWhenSoManyWaitForOneKey) {
  Start("k", "first");
  for (std::size_t i = 0; i < StreamKeyMutex::kMaxWaiting; ++i) {
    EXPECT_FALSE(gate_.full("k"));
    Start("k", std::to_string(i));
  }
  EXPECT_TRUE(gate_.full("k"));
  EXPECT_FALSE(gate_.full("other"));
  LetThemOut();
  EXPECT_FALSE(gate_.full("k"));
  while (gate_.waiting() > 0) LetThemOut();
  LetThemOut();
}

TEST_F(StreamKeyMutexTest, WhoGivesUpNoLongerWaits) {
  const Failure left(FailureCode::kPublisherTimedOut);
  Start("k", "a");
  Start("k", "b");
  Start("k", "c");
  gate_.GiveUp(visitors_.at("b"), left);
  EXPECT_EQ(gate_.waiting(), 1U);
  gate_.GiveUp(visitors_.at("a"), left);  // who is in stays in
  LetThemOut();
  gate_.GiveUp(visitors_.at("b"), left);
  LetThemOut();
  EXPECT_THAT(order_, ElementsAre("a in", "b publisher_timed_out", "a out", "c in", "c out"));
}

TEST_F(StreamKeyMutexTest, WhoIsHandedTheGateCannotGiveUpAnyMore) {
  Start("k", "a");
  Start("k", "b");
  pause_.Notify();
  io_.restart();
  while (gate_.waiting() > 0) io_.poll_one();
  gate_.GiveUp(visitors_.at("b"), Failure(FailureCode::kPublisherTimedOut));
  io_.poll();
  LetThemOut();
  EXPECT_THAT(order_, ElementsAre("a in", "a out", "b in", "b out"));
}

TEST_F(StreamKeyMutexTest, WhoWaitsIsRefusedWithTheFirst) {
  Start("k", "a");
  Start("k", "b");
  Start("k", "c");
  Start("other", "d");
  refuse_waiting_ = Failure(FailureCode::kUnknownStreamKey);
  LetThemOut();
  EXPECT_EQ(gate_.waiting(), 0U);
  EXPECT_THAT(order_, ElementsAre("a in", "d in", "a out", "d out", "b unknown_stream_key",
                                  "c unknown_stream_key"));
  refuse_waiting_.reset();
  Start("k", "e");
  LetThemOut();
  EXPECT_EQ(order_.back(), "e out");
}

}  // namespace
}  // namespace ingress::service
