#include "service/start/session_starter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/start/testing/scripted_node.h"

namespace ingress::service {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Cause = input::PublishEnd::Cause;
using State = ::livekit::IngressState;

class SessionStarterTest : public testing::ScriptedNode {};

TEST_F(SessionStarterTest, APublishGetsASessionWithAWorker) {
  const auto encoder = Publish("key-1");
  EXPECT_TRUE(encoder->publishes());
  ASSERT_EQ(workers_.all().size(), 1U);
  const ipc::Job& job = workers_.last().job();
  EXPECT_EQ(job.info().room_name(), "room");
  EXPECT_EQ(job.info().stream_key(), "");  // a worker needs no secret of the encoder's
  EXPECT_EQ(job.relay_url(), "http://relay/" + job.resource_id());
  EXPECT_EQ(StatusOf("IN_1"), State::ENDPOINT_BUFFERING);
}

TEST_F(SessionStarterTest, WhatTheEncoderSendsReachesTheRelay) {
  const auto encoder = Publish("key-1");
  encoder->Send();
  encoder->Send();
  EXPECT_EQ(Session()->feed_counters().tags, 2U);
}

TEST_F(SessionStarterTest, AnUnknownKeyIsRefused) {
  EXPECT_EQ(Publish("no-such-key")->refused(), "unknown_stream_key");
  EXPECT_EQ(Publish("")->refused(), "missing_stream_key");
  EXPECT_TRUE(workers_.all().empty());
}

TEST_F(SessionStarterTest, ADisabledIngressIsRefused) {
  ::livekit::UpdateIngressRequest request;
  request.set_ingress_id("IN_1");
  request.set_enabled(false);
  ASSERT_TRUE(Order(control_.Update(request)));
  EXPECT_EQ(Publish("key-1")->refused(), "ingress_disabled");
  EXPECT_EQ(StatusOf("IN_1"), State::ENDPOINT_ERROR);
}

TEST_F(SessionStarterTest, AnIngressOfAnotherInputIsRefusedInTheWordsOfItsOwn) {
  testing::ScriptedEncoder encoder(
      loop_, starter_,
      {.kind = InputKind::kWhip, .stream_key = "key-1", .peer = "192.0.2.1:1", .encoder = ""});
  time_.Run();
  ASSERT_EQ(encoder.refused(), "wrong_input_type");
  EXPECT_THAT(encoder.refusal()->Message(), HasSubstr("does not take WHIP"));
}

TEST_F(SessionStarterTest, AStrangerThatTriesKeysOutIsHeldBack) {
  config_.limits.wrong_keys_per_minute = 2;
  input::ConnectionTable table({}, [](input::Limit, const std::string&) {});
  input::ConnectionPlace place(table, "192.0.2.1", [] {});
  std::vector<std::string> refusals;
  for (int i = 0; i < 3; ++i) {
    testing::ScriptedEncoder encoder(
        loop_, starter_, {.stream_key = "guess", .peer = "192.0.2.1:1", .encoder = ""}, &place);
    time_.Run();
    refusals.push_back(encoder.refused());
  }
  EXPECT_THAT(refusals, ::testing::ElementsAre("unknown_stream_key", "unknown_stream_key",
                                               "too_many_wrong_keys"));
  EXPECT_TRUE(place.stranger());
}

TEST_F(SessionStarterTest, WhoShowsARightKeyIsNoStranger) {
  input::ConnectionTable table({}, [](input::Limit, const std::string&) {});
  input::ConnectionPlace place(table, "192.0.2.1", [] {});
  testing::ScriptedEncoder encoder(
      loop_, starter_, {.stream_key = "key-1", .peer = "192.0.2.1:1", .encoder = ""}, &place);
  time_.Run();
  EXPECT_TRUE(encoder.publishes());
  EXPECT_FALSE(place.stranger());
}

TEST_F(SessionStarterTest, ASecondEncoderTakesTheSessionOver) {
  const auto first = Publish("key-1");
  first->Send();
  const auto second = Publish("key-1", "192.0.2.2:1000");
  EXPECT_TRUE(second->publishes());
  EXPECT_EQ(first->closed(), "taken_over");
  EXPECT_EQ(workers_.all().size(), 1U);  // the participant stays
  first->Send();
  EXPECT_EQ(Session()->feed_counters().tags, 1U);  // not heard any more
  second->Send();
  EXPECT_EQ(Session()->feed_counters().tags, 2U);
  first->End(Cause::kClosedByUs);
  EXPECT_TRUE(Session()->resumable());
}

TEST_F(SessionStarterTest, ALiveEncoderKeepsItsSessionWhereTakeoversAreOff) {
  config_.takeover = TakeoverPolicy::kReject;
  const auto first = Publish("key-1");
  first->Send();
  EXPECT_EQ(Publish("key-1", "192.0.2.2:1000")->refused(), "already_publishing");
  EXPECT_EQ(first->closed(), "");
}

TEST_F(SessionStarterTest, AnEncoderThatFellSilentLosesItsSessionAllTheSame) {
  config_.takeover = TakeoverPolicy::kReject;
  const auto first = Publish("key-1");
  first->Send();
  time_.Pass(2s);
  EXPECT_TRUE(Publish("key-1", "192.0.2.2:1000")->publishes());
  EXPECT_EQ(first->closed(), "taken_over");
}

TEST_F(SessionStarterTest, AnEncoderThatComesBackWithinTheGraceFindsItsSession) {
  const auto first = Publish("key-1");
  const std::string resource_id = Session()->resource_id();
  first->End(Cause::kDisconnected);
  time_.Pass(9s);
  const auto again = Publish("key-1");
  EXPECT_TRUE(again->publishes());
  EXPECT_EQ(Session()->resource_id(), resource_id);
  EXPECT_EQ(workers_.all().size(), 1U);
  time_.Pass(20s);
  EXPECT_TRUE(Session()->resumable());
}

TEST_F(SessionStarterTest, AnEncoderThatComesBackAfterTheGraceGetsANewSession) {
  const auto first = Publish("key-1");
  const std::string resource_id = Session()->resource_id();
  first->End(Cause::kDisconnected);
  time_.Pass(10s);
  workers_.last().End(HandlerEnding::Kind::kInOrder);  // it has read all that there was
  time_.Run();
  EXPECT_EQ(Session(), nullptr);
  EXPECT_EQ(StatusOf("IN_1"), State::ENDPOINT_INACTIVE);
  const auto again = Publish("key-1");
  EXPECT_TRUE(again->publishes());
  EXPECT_NE(Session()->resource_id(), resource_id);
  EXPECT_EQ(workers_.all().size(), 2U);
}

TEST_F(SessionStarterTest, ANewSessionWaitsForTheOneBeforeToLeaveTheRoom) {
  const auto first = Publish("key-1");
  workers_.last().leaves = false;
  first->End(Cause::kUnpublished);
  const auto second = Publish("key-1");
  EXPECT_FALSE(second->answered());
  workers_.last().End(HandlerEnding::Kind::kInOrder);
  time_.Pass(1s);
  EXPECT_TRUE(second->publishes());
}

TEST_F(SessionStarterTest, AFullNodeRefusesAndSaysSoInTheState) {
  resources_ = {.cores = 0.1};
  config_.max_sessions = 0;
  EXPECT_EQ(Publish("key-1")->refused(), "no_capacity");
  EXPECT_EQ(StatusOf("IN_1"), State::ENDPOINT_ERROR);
  EXPECT_THAT(ErrorOf("IN_1"), HasSubstr("server capacity exceeded"));
}

TEST_F(SessionStarterTest, PublishesThatStartTogetherCountEachOther) {
  config_.max_sessions = 1;
  workers_.start = 1s;
  const auto first = Publish("key-1");
  const auto second = Publish("key-2");
  time_.Pass(2s);
  EXPECT_TRUE(first->publishes());
  EXPECT_EQ(second->refused(), "no_capacity");
}

TEST_F(SessionStarterTest, ADrainingNodeKeepsWhatRunsAndRefusesWhatIsNew) {
  const auto running = Publish("key-1");
  draining_ = true;
  EXPECT_EQ(Publish("key-2")->refused(), "shutting_down");
  running->End(Cause::kDisconnected);
  EXPECT_TRUE(Publish("key-1")->publishes());  // it comes back to its session
}

TEST_F(SessionStarterTest, AParticipantOfAnotherIngressIsNotThrownOut) {
  ::livekit::UpdateIngressRequest request;
  request.set_ingress_id("IN_2");
  request.set_participant_identity("cam");
  ASSERT_TRUE(Order(control_.Update(request)));
  const auto first = Publish("key-1");
  first->Send();
  EXPECT_EQ(Publish("key-2")->refused(), "duplicate_identity");
  EXPECT_EQ(first->closed(), "");
}

TEST_F(SessionStarterTest, AnotherWorkerIsTriedWhereOneDoesNotStart) {
  workers_.failing_starts = 1;
  EXPECT_TRUE(Publish("key-1")->publishes());
}

TEST_F(SessionStarterTest, APublishWithoutAWorkerIsRefused) {
  workers_.failing_starts = 2;
  EXPECT_EQ(Publish("key-1")->refused(), "handler_start_failed");
  EXPECT_EQ(Session(), nullptr);
  EXPECT_EQ(StatusOf("IN_1"), State::ENDPOINT_ERROR);
}

TEST_F(SessionStarterTest, OfTwoPublishesInOneMomentTheSecondJoinsTheFirst) {
  workers_.start = 1s;
  const auto first = Publish("key-1");
  const auto second = Publish("key-1");
  EXPECT_FALSE(second->answered());
  time_.Pass(2s);
  EXPECT_TRUE(second->publishes());
  EXPECT_EQ(first->closed(), "taken_over");
  EXPECT_EQ(workers_.all().size(), 1U);
}

TEST_F(SessionStarterTest, AnEncoderThatLeavesWhileItWaitsLeavesTheLine) {
  workers_.start = 1s;
  const auto first = Publish("key-1");
  const auto second = Publish("key-1");
  second->Leave();
  time_.Run();
  EXPECT_EQ(second->refused(), "no_capacity");
  time_.Pass(2s);
  EXPECT_TRUE(first->publishes());
  EXPECT_EQ(first->closed(), "");
}

}  // namespace
}  // namespace ingress::service
