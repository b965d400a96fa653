#include "service/state_reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <vector>

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;

/// Answers UpdateIngressState with the scripted codes in turn, "" for stored, then always stored;
/// while `slow`, once `answer` was cancelled.
class ScriptedServer final : public rpc::IoInfoClient {
 public:
  explicit ScriptedServer(asio::io_context& context) : answer(context, TimePoint::max()) {}

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
    if (slow) co_await answer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (code.empty()) co_return rpc::RpcResult<void>{};
    co_return std::unexpected(rpc::RpcError{code, "scripted"});
  }

  bool slow = false;
  asio::steady_timer answer;
  std::deque<std::string> answers;
  std::vector<::livekit::IngressState_Status> received;
};

class StateReporterTest : public ::testing::Test {
 protected:
  StateReporterTest()
      : reporter_(context_.get_executor(), server_, "IN_1",
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
  ScriptedServer server_{context_};
  StateReporter reporter_;
  bool done_ = false;
};

TEST_F(StateReporterTest, SendsEachChangeOnceAndEndsWithTheFinalState) {
  Start();
  EXPECT_FALSE(RunUntilIdle());
  reporter_.state().SetPublishing();
  reporter_.Kick();
  EXPECT_FALSE(RunUntilIdle());
  reporter_.state().End(WallClock::now());
  reporter_.Kick();
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
  reporter_.Kick();
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
  reporter_.Kick();
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
  reporter_.Kick();
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
  reporter_.Kick();
  reporter_.Abandon();
  EXPECT_FALSE(RunUntilIdle());  // the server has not answered: it may be storing the state
  server_.answer.cancel();
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

}  // namespace
}  // namespace ingress::service
