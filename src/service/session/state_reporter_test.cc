#include "service/session/state_reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "net/event.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;

// Of what comes before the second attempt, half of 200 ms are not left to chance.
constexpr std::chrono::milliseconds kShortestDelay{100};

/// Answers UpdateIngressState with the scripted codes in turn, "" for stored, then always stored;
/// while `slow`, at the next `answer`.
class ScriptedServer final : public rpc::IoInfoClient {
 public:
  asio::awaitable<rpc::RpcResult<::rpc::GetIngressInfoResponse>> GetIngressInfo(
      std::string) override {
    co_return std::unexpected(rpc::RpcError{"unimplemented", "not scripted"});
  }

  asio::awaitable<rpc::RpcResult<void>> UpdateIngressState(std::string,
                                                           ::livekit::IngressState state) override {
    std::string code;
    if (!answers.empty()) {
      code = answers.front();
      answers.pop_front();
    }
    received.push_back(state.status());
    if (slow) co_await answer.WaitUntil(TimePoint::max());
    if (code.empty()) co_return rpc::RpcResult<void>{};
    co_return std::unexpected(rpc::RpcError{code, "scripted"});
  }

  bool slow = false;
  net::Event answer;
  std::deque<std::string> answers;
  std::vector<::livekit::IngressState_Status> received;
};

class StateReporterTest : public ::testing::Test {
 protected:
  StateReporterTest()
      : reporter_(context_.get_executor(), server_, updates_, "IN_1",
                  SessionState({.resource_id = "RT_1"}, WallClock::now()),
                  observability::Logger::Null()) {}

  void Start() {
    asio::co_spawn(context_, reporter_.Run(), [this](const std::exception_ptr&) { done_ = true; });
  }

  /// Runs what is ready; false when the reporter still waits.
  bool RunUntilIdle() {
    context_.restart();
    context_.poll();
    return done_;
  }

  asio::io_context context_;
  ScriptedServer server_;
  UpdateQueue updates_{context_.get_executor()};
  StateReporter reporter_;
  bool done_ = false;
};

TEST_F(StateReporterTest, SendsEachChangeOnceAndEndsWithTheFinalState) {
  Start();
  EXPECT_FALSE(RunUntilIdle());
  reporter_.state().SetPublishing();
  reporter_.Wake();
  EXPECT_FALSE(RunUntilIdle());
  reporter_.state().End(WallClock::now());
  reporter_.Wake();
  EXPECT_TRUE(RunUntilIdle());
  EXPECT_THAT(server_.received, ElementsAre(::livekit::IngressState::ENDPOINT_BUFFERING,
                                            ::livekit::IngressState::ENDPOINT_PUBLISHING,
                                            ::livekit::IngressState::ENDPOINT_INACTIVE));
}

TEST_F(StateReporterTest, RepeatsTheFinalStateUntilItIsStored) {
  server_.answers = {"", "unavailable", "deadline_exceeded"};
  Start();
  RunUntilIdle();
  reporter_.state().End(WallClock::now());
  reporter_.Wake();
  while (!done_) context_.run_one();
  EXPECT_THAT(server_.received, ElementsAre(::livekit::IngressState::ENDPOINT_BUFFERING,
                                            ::livekit::IngressState::ENDPOINT_INACTIVE,
                                            ::livekit::IngressState::ENDPOINT_INACTIVE,
                                            ::livekit::IngressState::ENDPOINT_INACTIVE));
}

TEST_F(StateReporterTest, StopsWhenTheIngressWasDeleted) {
  server_.answers = {"not_found"};
  Start();
  EXPECT_TRUE(RunUntilIdle());
}

TEST_F(StateReporterTest, TellsOfAnIngressThatWasDeletedBeforeItsFirstStateCame) {
  int told = 0;
  server_.answers = {"unavailable", "not_found"};
  reporter_.OnUnknown([&told] { ++told; });
  Start();
  while (!done_) context_.run_one();
  RunUntilIdle();
  EXPECT_EQ(told, 1);
}

TEST_F(StateReporterTest, LeavesAStreamAloneWhoseIngressIsGoneLater) {
  int told = 0;
  server_.answers = {"", "not_found"};
  reporter_.OnUnknown([&told] { ++told; });
  Start();
  RunUntilIdle();
  reporter_.state().SetPublishing();
  reporter_.Wake();
  EXPECT_TRUE(RunUntilIdle());
  EXPECT_EQ(told, 0);
}

TEST_F(StateReporterTest, StopsWhenANewerSessionExists) {
  server_.answers = {"failed_precondition"};
  Start();
  EXPECT_TRUE(RunUntilIdle());
}

TEST_F(StateReporterTest, SaysNothingBeforeItIsOpened) {
  reporter_.HoldBack();
  Start();
  EXPECT_FALSE(RunUntilIdle());
  reporter_.state().SetPublishing();
  reporter_.Wake();
  EXPECT_FALSE(RunUntilIdle());
  EXPECT_TRUE(server_.received.empty());
  reporter_.Open();
  EXPECT_FALSE(RunUntilIdle());
  EXPECT_THAT(server_.received, ElementsAre(::livekit::IngressState::ENDPOINT_BUFFERING,
                                            ::livekit::IngressState::ENDPOINT_PUBLISHING));
}

TEST_F(StateReporterTest, ASessionThatEndsBeforeItIsOpenedCanBeAbandoned) {
  reporter_.HoldBack();
  Start();
  EXPECT_FALSE(RunUntilIdle());
  reporter_.Abandon();
  EXPECT_TRUE(RunUntilIdle());
  EXPECT_TRUE(server_.received.empty());
}

TEST_F(StateReporterTest, AbandonLeavesTheStateUnderWayItsTimeAndSendsNoneAfterIt) {
  server_.slow = true;
  Start();
  EXPECT_FALSE(RunUntilIdle());
  reporter_.state().SetPublishing();
  reporter_.Wake();
  reporter_.Abandon();
  EXPECT_FALSE(RunUntilIdle());  // the server has not answered: it may be storing the state
  server_.answer.Notify();
  EXPECT_TRUE(RunUntilIdle());
  EXPECT_THAT(server_.received, ElementsAre(::livekit::IngressState::ENDPOINT_BUFFERING));
}

TEST_F(StateReporterTest, AbandonEndsTheRetries) {
  server_.answers = {"unavailable", "unavailable", "unavailable"};
  Start();
  EXPECT_FALSE(RunUntilIdle());
  reporter_.Abandon();
  EXPECT_TRUE(RunUntilIdle());
}

TEST_F(StateReporterTest, ChangesDoNotShortenTheDelayOfTheNextAttempt) {
  server_.answers.assign(100, "internal");
  const TimePoint begun = Clock::now();
  Start();
  EXPECT_FALSE(RunUntilIdle());
  for (int i = 0; i < 10; ++i) {
    reporter_.state().Refresh();
    reporter_.Wake();
    EXPECT_FALSE(RunUntilIdle());
  }
  const auto most = 1 + (Clock::now() - begun) / kShortestDelay;
  EXPECT_LE(static_cast<std::int64_t>(server_.received.size()), most);
}

TEST_F(StateReporterTest, WhatChangesWhileTheServerIsAwayTravelsWithTheNextAttempt) {
  server_.answers.assign(100, "unavailable");
  Start();
  RunUntilIdle();
  reporter_.state().SetPublishing();
  reporter_.Wake();
  RunUntilIdle();
  reporter_.state().End(WallClock::now());
  reporter_.Wake();
  RunUntilIdle();
  server_.answers.clear();
  server_.received.clear();
  updates_.OnServerHeard();
  EXPECT_TRUE(RunUntilIdle());
  EXPECT_THAT(server_.received, ElementsAre(::livekit::IngressState::ENDPOINT_INACTIVE));
}

/// A server that is away, or answers when it is told to; it counts what it has to do at a time.
class BusyServer final : public rpc::IoInfoClient {
 public:
  asio::awaitable<rpc::RpcResult<::rpc::GetIngressInfoResponse>> GetIngressInfo(
      std::string) override {
    co_return std::unexpected(rpc::RpcError{"unimplemented", "not scripted"});
  }

  asio::awaitable<rpc::RpcResult<void>> UpdateIngressState(std::string,
                                                           ::livekit::IngressState) override {
    ++asked;
    if (away) co_return std::unexpected(rpc::RpcError{"unavailable", "away"});
    most_at_a_time = std::max(most_at_a_time, ++at_work_);
    co_await answer_.WaitUntil(TimePoint::max());
    --at_work_;
    co_return rpc::RpcResult<void>{};
  }

  void AnswerAll() { answer_.Notify(); }

  bool away = true;
  int asked = 0;
  int most_at_a_time = 0;

 private:
  net::Event answer_;
  int at_work_ = 0;
};

TEST(ManyStateReportersTest, DoNotStormAServerThatIsAwayOrComesBack) {
  constexpr int kSessions = 1000;
  asio::io_context context;
  BusyServer server;
  UpdateQueue updates(context.get_executor());
  std::vector<std::unique_ptr<StateReporter>> reporters;
  for (int i = 0; i < kSessions; ++i) {
    reporters.push_back(std::make_unique<StateReporter>(
        context.get_executor(), server, updates, "IN_" + std::to_string(i),
        SessionState({.resource_id = "RT_" + std::to_string(i)}, WallClock::now()),
        observability::Logger::Null()));
    asio::co_spawn(context, reporters.back()->Run(), asio::detached);
  }
  const TimePoint begun = Clock::now();
  for (int second = 0; second < 5; ++second) {
    for (const auto& reporter : reporters) {
      reporter->state().Refresh();
      reporter->Wake();
    }
    context.poll();
  }
  // The first few find out, then one by one.
  EXPECT_LE(server.asked, UpdateWindow::kMax + (Clock::now() - begun) / kShortestDelay);
  server.away = false;
  server.asked = 0;
  updates.OnServerHeard();
  context.poll();
  EXPECT_EQ(server.asked, 1) << "one finds out whether the server is back";
  while (server.asked < kSessions) {
    server.AnswerAll();
    context.poll();
  }
  server.AnswerAll();
  context.poll();
  EXPECT_LE(server.most_at_a_time, UpdateWindow::kMax);
  EXPECT_EQ(server.asked, kSessions) << "each tells its newest state once";
  for (const auto& reporter : reporters) reporter->Abandon();
  context.poll();
}

}  // namespace
}  // namespace ingress::service
