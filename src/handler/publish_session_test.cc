// A session from its beginning to each of its ends, in given time.
#include "handler/publish_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "handler/testing/session_world.h"

namespace ingress::handler {
namespace {

using output::Retry;
using ::testing::ElementsAre;
using ::testing::Pair;
using namespace std::chrono_literals;

TEST(PublishSessionTest, JoinsWhileTheFirstBytesArriveAndPublishesBothTracksAtOnce) {
  SessionWorld world;
  world.session().Start();
  EXPECT_TRUE(world.output().joining);
  world.session().OnConnection();
  world.Send(TestEncoder::VideoHeader());
  world.Send(TestEncoder::AudioHeader());
  world.Stream(200ms);
  EXPECT_EQ(world.output().publications, 0) << "nothing is published before it has joined";
  world.output().Joined();
  ASSERT_EQ(world.output().publications, 1);
  ASSERT_TRUE(world.output().video.has_value());
  EXPECT_EQ(world.output().video->layers.size(), 1U);
  EXPECT_EQ(world.output().video->layers[0].width, 640U);
  EXPECT_TRUE(world.output().audio.has_value());
  EXPECT_FALSE(world.state().publishing()) << "the far end does not know the tracks yet";
  world.output().Published();
  EXPECT_TRUE(world.state().publishing());
  EXPECT_EQ(world.state().room_id(), "RM_1");
  EXPECT_EQ(world.output().misuses, 0);
}

TEST(PublishSessionTest, ViewersGetTheStreamFromAKeyFrameOn) {
  SessionWorld world;
  world.Publish();
  world.output().Demand({true});
  world.Stream(5s);
  const auto sent = world.Sent();
  ASSERT_GT(sent.size(), 110U);
  EXPECT_TRUE(sent.front().key_frame);
  EXPECT_GT(world.output().sent_audio.size(), 240U);
  EXPECT_EQ(world.state().route(), ipc::ROUTE_PASS_THROUGH);
  EXPECT_EQ(world.output().misuses, 0);
}

TEST(PublishSessionTest, WaitsForASecondTrackForAGraceAndThenPublishesTheFirstAlone) {
  SessionWorld world;
  world.Join();
  world.Send(TestEncoder::AudioHeader());
  world.Stream(40ms, false, true);
  EXPECT_EQ(world.output().publications, 0);
  world.Stream(PublishPlan::kPartnerGrace, false, true);
  ASSERT_EQ(world.output().publications, 1);
  EXPECT_FALSE(world.output().video.has_value());
  EXPECT_TRUE(world.output().audio.has_value());
}

TEST(PublishSessionTest, TheGraceEndsInSilenceAsWell) {
  SessionWorld world;
  world.Join();
  world.Send(TestEncoder::AudioHeader());
  world.Send(TestEncoder::Audio(0ms));
  world.Wait(PublishPlan::kPartnerGrace - 1ms);
  EXPECT_EQ(world.output().publications, 0);
  world.Wait(1ms);
  EXPECT_EQ(world.output().publications, 1);
}

TEST(PublishSessionTest, DoesNotWaitForATrackThatTheMetadataRulesOut) {
  SessionWorld world;
  world.Join();
  world.Send(TestEncoder::Metadata(true, false));
  world.Send(TestEncoder::VideoHeader());
  world.Send(TestEncoder::Picture(true, 0ms));
  ASSERT_EQ(world.output().publications, 1);
  EXPECT_TRUE(world.output().video.has_value());
  EXPECT_FALSE(world.output().audio.has_value());
}

TEST(PublishSessionTest, ALateSecondTrackIsPublishedAlone) {
  SessionWorld world;
  world.Join();
  world.Send(TestEncoder::AudioHeader());
  world.Stream(1s, false, true);
  ASSERT_EQ(world.output().publications, 1);
  world.Send(TestEncoder::VideoHeader());
  world.Stream(100ms);
  EXPECT_EQ(world.output().publications, 1) << "one publication is under way at a time";
  world.output().Published();
  EXPECT_EQ(world.output().publications, 2);
  EXPECT_TRUE(world.output().video.has_value());
  world.output().Published();
  world.Stream(1s);
  EXPECT_EQ(world.output().publications, 2);
  EXPECT_EQ(world.output().misuses, 0);
}

TEST(PublishSessionTest, EndsWhereNoMediaComes) {
  SessionWorld world;
  world.Join();
  world.session().OnConnection();
  world.Wait(7900ms);
  EXPECT_FALSE(world.session().ended());
  world.Wait(300ms);
  EXPECT_TRUE(world.session().ended());
  EXPECT_EQ(world.failure(), FailureCode::kNoMedia);
}

TEST(PublishSessionTest, EndsWhereTheCodecHeadersAreMissing) {
  SessionWorld world;
  world.Join();
  for (int i = 0; i < 50 && !world.session().ended(); ++i) {
    world.Send(TestEncoder::Picture(false, i * 200ms));
    world.Wait(200ms);
  }
  EXPECT_EQ(world.failure(), FailureCode::kNoCodecHeaders);
  EXPECT_LT(world.elapsed(), 10s);
}

TEST(PublishSessionTest, MutesAVideoTrackWhoseInputIsGoneAndUnmutesItWithTheNextPicture) {
  SessionWorld world;
  world.Publish();
  world.output().Demand({true});
  world.Stream(2s);
  world.Stream(4s, false, true);
  EXPECT_FALSE(world.output().video_muted);
  EXPECT_EQ(world.output().renewals, 1) << "a gap that stops layers resets their trackers";
  world.Stream(5s, false, true);
  EXPECT_TRUE(world.output().video_muted);
  EXPECT_FALSE(world.output().audio_muted);
  world.NextIsKey();
  world.Stream(100ms);
  EXPECT_FALSE(world.output().video_muted);
}

TEST(PublishSessionTest, MutesAnAudioTrackWhoseInputIsGone) {
  SessionWorld world;
  world.Publish();
  world.Stream(100ms);
  world.Stream(9s, true, false);
  EXPECT_TRUE(world.output().audio_muted);
  world.Stream(100ms);
  EXPECT_FALSE(world.output().audio_muted);
}

TEST(PublishSessionTest, GoesOnWithTheNextConnectionOfTheEncoder) {
  SessionWorld world;
  world.Join();
  world.session().OnConnection();
  world.Send(TestEncoder::VideoHeader());
  world.Send(TestEncoder::AudioHeader());
  world.Stream(2s);
  world.output().Published();
  world.output().Demand({true});
  world.Stream(1s);
  world.Wait(3s);  // it is cut off
  const std::size_t before = world.Sent().size();
  world.session().OnConnection();
  world.Send(TestEncoder::VideoHeader());
  world.Send(TestEncoder::AudioHeader());
  world.NextIsKey();
  world.Stream(2s);
  EXPECT_EQ(world.output().publications, 1) << "participant and tracks stay";
  const auto sent = world.Sent();
  ASSERT_GT(sent.size(), before + 20);
  EXPECT_TRUE(sent[before].key_frame);
  EXPECT_GT(sent[before].rtp_time, sent[before - 1].rtp_time);
}

TEST(PublishSessionTest, TriesToJoinAgainWhileTheServerIsAway) {
  SessionWorld world;
  world.session().Start();
  world.session().OnConnection();
  world.output().Ended(FailureCode::kRoomUnreachable, Retry::kWhileAway);
  EXPECT_FALSE(world.session().ended());
  EXPECT_EQ(world.output().joins, 1);
  world.Wait(1s);
  EXPECT_EQ(world.output().joins, 2);
  world.output().Joined();
  world.Send(TestEncoder::AudioHeader());
  world.Stream(1s, false, true);
  EXPECT_EQ(world.output().publications, 1);
  EXPECT_EQ(world.output().misuses, 0);
}

TEST(PublishSessionTest, GivesUpAServerThatStaysAway) {
  SessionWorld world;
  world.session().Start();
  world.Send(TestEncoder::AudioHeader());
  for (int i = 0; i < 100 && !world.session().ended(); ++i) {
    if (world.output().joining) {
      world.output().Ended(FailureCode::kRoomUnreachable, Retry::kWhileAway);
    }
    world.Stream(1s, false, true);
  }
  EXPECT_EQ(world.failure(), FailureCode::kRoomUnreachable);
  EXPECT_GE(world.elapsed(), JoinRetry::kAwayPatience);
  EXPECT_LE(world.elapsed(), JoinRetry::kAwayPatience + 5s);
}

TEST(PublishSessionTest, EndsAtOnceWhereJoiningAgainDoesNotHelp) {
  SessionWorld world;
  world.session().Start();
  world.output().Ended(FailureCode::kRoomRefusedToken, Retry::kNever);
  EXPECT_EQ(world.failure(), FailureCode::kRoomRefusedToken);
  EXPECT_EQ(world.ends(), 1);
}

TEST(PublishSessionTest, ALostRoomEndsItWhetherOrNotRetryWouldHelp) {
  for (const Retry retry : {Retry::kNever, Retry::kWhileAway}) {
    SessionWorld world;
    world.Join();
    world.output().Ended(FailureCode::kRoomConnectionLost, retry);
    EXPECT_EQ(world.failure(), FailureCode::kRoomConnectionLost);
    world.Wait(30s);
    EXPECT_EQ(world.output().joins, 1);
  }
}

TEST(PublishSessionTest, EndsWithTheInput) {
  SessionWorld in_order;
  in_order.Join();
  in_order.session().OnInputEnded();
  EXPECT_TRUE(in_order.session().ended());
  EXPECT_EQ(in_order.failure(), std::nullopt);
  SessionWorld broken;
  broken.Join();
  broken.session().OnInputLost(Failure(FailureCode::kInternal, "relay: connection reset"));
  EXPECT_EQ(broken.failure(), FailureCode::kInternal);
}

TEST(PublishSessionTest, TakesVp8WhereTheRoomTakesNoH264) {
  SessionWorld world;
  world.session().Start();
  world.output().Joined("RM_1", false);
  world.Send(TestEncoder::Metadata(true, false));
  world.Send(TestEncoder::VideoHeader());
  ASSERT_TRUE(world.output().video.has_value());
  EXPECT_EQ(world.output().video->codec, VideoCodec::kVp8);
}

TEST(PublishSessionTest, PassesTheParticipantOn) {
  SessionWorld world;
  world.session().UpdateParticipant("Ada", "{}");
  EXPECT_EQ(world.output().participant_name, "Ada");
  EXPECT_EQ(world.output().participant_metadata, "{}");
}

TEST(PublishSessionTest, TellsItsStateAtOnceWhereThatMattersAndNotAgain) {
  SessionWorld world;
  world.Join();
  world.Send(TestEncoder::VideoHeader());
  world.Send(TestEncoder::AudioHeader());
  world.Stream(100ms);
  const int before = world.states();
  world.output().Published();
  EXPECT_EQ(world.states(), before + 1) << "a publication is told at once";
  world.output().Demand({true});
  EXPECT_EQ(world.states(), before + 2) << "and a route";
  world.Stream(5s);
  const int settled = world.states();
  world.Stream(10s);
  EXPECT_EQ(world.states(), settled) << "what is the same is not told again";
  world.output().Demand({false});
  EXPECT_EQ(world.state().route(), ipc::ROUTE_IDLE);
}

TEST(PublishSessionTest, CountsEverySecond) {
  SessionWorld world;
  world.Publish();
  world.output().Demand({true});
  world.output().counters = {.layers = {{.packets = 7}},
                             .audio = output::SenderStats{.packets = 9}};
  const int before = world.counts();
  world.Stream(10s);
  EXPECT_NEAR(world.counts() - before, 10, 1);
  ASSERT_EQ(world.counters().senders_size(), 2);
  EXPECT_EQ(world.counters().senders(0).packets(), 7U);
  EXPECT_EQ(world.counters().senders(1).sender(), ipc::SENDER_AUDIO);
  EXPECT_EQ(world.counters().senders(1).packets(), 9U);
  EXPECT_GT(world.counters().video_bitrate(), 0U);
}

TEST(PublishSessionTest, CountsInSilenceToo) {
  SessionWorld world;
  world.session().Start();
  world.Wait(6500ms);
  EXPECT_GE(world.counts(), 4);
  EXPECT_LE(world.counts(), 6);
}

TEST(PublishSessionTest, LetsMediaGatherOnceReceiversHaveSizedTheirBuffers) {
  SessionWorld world;
  world.obeys = false;
  world.Publish();
  world.output().Demand({true});
  world.Stream(2s);
  EXPECT_EQ(world.ordered_interval(), std::nullopt);
  world.Stream(3s);
  EXPECT_EQ(world.ordered_interval(), 20ms);
}

TEST(PublishSessionTest, PacesByTheIntervalThatIsSetAndNotByTheOneThatIsOrdered) {
  SessionWorld world;
  world.obeys = false;
  world.Publish();
  world.output().Demand({true});
  const auto shown = [&world] {
    return world.Dump().at("input").at("batchIntervalMs").to_number<int>();
  };
  world.Stream(5s);
  EXPECT_EQ(shown(), 0);
  world.obeys = true;
  world.Stream(20ms);
  EXPECT_EQ(shown(), 20);
  world.output().Demand({false});
  world.Stream(20ms);
  EXPECT_EQ(shown(), 50) << "nobody watches, and the order is obeyed at once";
  world.session().OnBatchIntervalSet(0ms);  // of another encoder, which was not told yet
  EXPECT_EQ(shown(), 0);
}

/// Each step that a session goes through, by name.
std::vector<std::pair<std::string, std::function<void(SessionWorld&)>>> Steps() {
  return {
      {"nothing has begun", [](SessionWorld&) {}},
      {"it joins", [](SessionWorld& world) { world.session().Start(); }},
      {"media comes",
       [](SessionWorld& world) {
         world.session().OnConnection();
         world.Send(TestEncoder::VideoHeader());
         world.Send(TestEncoder::AudioHeader());
         world.Stream(100ms);
       }},
      {"it publishes", [](SessionWorld& world) { world.output().Joined(); }},
      {"it is published", [](SessionWorld& world) { world.output().Published(); }},
      {"the transport is up", [](SessionWorld& world) { world.output().TransportReady(); }},
      {"somebody watches",
       [](SessionWorld& world) {
         world.output().Audience(true);
         world.output().Demand({true});
         world.Stream(1s);
       }},
      {"the encoder is away", [](SessionWorld& world) { world.Wait(2s); }},
      {"it comes back",
       [](SessionWorld& world) {
         world.session().OnConnection();
         world.NextIsKey();
         world.Stream(1s);
       }},
  };
}

TEST(PublishSessionTest, CanBeStoppedAtEveryMoment) {
  for (std::size_t moment = 0; moment < Steps().size(); ++moment) {
    SCOPED_TRACE(Steps()[moment].first);
    SessionWorld world;
    for (std::size_t i = 0; i <= moment; ++i) Steps()[i].second(world);
    world.session().Stop("enough");
    world.session().Stop("more than enough");
    EXPECT_TRUE(world.session().ended());
    EXPECT_EQ(world.failure(), std::nullopt);
    EXPECT_EQ(world.ends(), 1);
    world.session().Leave();
    EXPECT_TRUE(world.output().left);
    const std::size_t sent = world.output().sent_video.size();
    const int starts = world.transcoder().starts;
    // What is still under way changes nothing.
    world.output().TransportReady();
    world.output().Audience(true);
    world.output().Demand({true});
    world.output().KeyFrame(0);
    world.output().Uplink(100'000);
    world.session().OnConnection();
    world.Send(TestEncoder::Picture(true, world.elapsed()));
    world.session().Poll();
    world.session().ReleaseHeld();
    world.session().OnInputEnded();
    world.session().OnInputLost(Failure(FailureCode::kInternal, "late"));
    world.output().Ended(FailureCode::kRoomClosed);
    EXPECT_EQ(world.failure(), std::nullopt);
    EXPECT_EQ(world.output().sent_video.size(), sent);
    EXPECT_EQ(world.transcoder().starts, starts);
    world.output().Left();
    EXPECT_TRUE(world.left());
    EXPECT_EQ(world.output().misuses, 0);
  }
}

TEST(PublishSessionTest, CanBeAskedAndToldAtEveryMoment) {
  SessionWorld world;
  for (const auto& [name, step] : Steps()) {
    SCOPED_TRACE(name);
    step(world);
    EXPECT_TRUE(world.Dump().contains("graph"));
    world.session().UpdateParticipant(name, "");
    EXPECT_EQ(world.output().participant_name, name);
    EXPECT_EQ(world.session().children_usage().resident_bytes, 0U);
  }
  world.session().Stop("enough");
  EXPECT_TRUE(world.Dump().contains("graph"));
}

}  // namespace
}  // namespace ingress::handler
