#include "domain/session_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace ingress {
namespace {

using namespace std::chrono_literals;
using ::livekit::IngressState;
using ::testing::StartsWith;

constexpr WallTime At(std::chrono::nanoseconds since_epoch) {
  return WallTime(std::chrono::duration_cast<WallTime::duration>(since_epoch));
}

constexpr WallTime kStart = At(1'767'225'600s);
constexpr std::int64_t kStartNs = 1'767'225'600'000'000'000;

SessionState Make(bool reusable = true) {
  return SessionState({.resource_id = "RT_abc", .reusable = reusable}, kStart);
}

::livekit::InputVideoState Video(std::uint32_t width, std::uint32_t bitrate) {
  ::livekit::InputVideoState video;
  video.set_mime_type("video/H264");
  video.set_width(width);
  video.set_height(720);
  video.set_average_bitrate(bitrate);
  return video;
}

TEST(SessionStateTest, BeginsBufferingWithAnUpdateDue) {
  SessionState session = Make();
  ASSERT_TRUE(session.update_due());
  const IngressState state = session.TakeUpdate(kStart).value();
  EXPECT_EQ(state.status(), IngressState::ENDPOINT_BUFFERING);
  EXPECT_EQ(state.resource_id(), "RT_abc");
  EXPECT_EQ(state.started_at(), kStartNs);
  EXPECT_EQ(state.updated_at(), kStartNs);
  EXPECT_EQ(state.ended_at(), 0);
  EXPECT_EQ(state.error(), "");
}

TEST(SessionStateTest, TakesEachUpdateOnce) {
  SessionState session = Make();
  EXPECT_TRUE(session.TakeUpdate(kStart).has_value());
  EXPECT_FALSE(session.TakeUpdate(kStart + 1s).has_value());
  session.UpdateLost();
  EXPECT_TRUE(session.TakeUpdate(kStart + 1s).has_value());
}

TEST(SessionStateTest, SendsTheWholeStateEachTime) {
  SessionState session = Make();
  session.TakeUpdate(kStart);
  session.SetVideo(Video(1280, 0));
  ::livekit::InputAudioState audio;
  audio.set_mime_type("audio/aac");
  session.SetAudio(audio);
  session.TakeUpdate(kStart + 1s);
  session.SetPublishing();
  session.TakeUpdate(kStart + 2s);
  session.SetRoomId("RM_1");
  ::livekit::TrackInfo track;
  track.set_sid("TR_1");
  session.SetTracks({track});
  const IngressState state = session.TakeUpdate(kStart + 3s).value();
  EXPECT_EQ(state.status(), IngressState::ENDPOINT_PUBLISHING);
  EXPECT_EQ(state.video().width(), 1280u);
  EXPECT_EQ(state.audio().mime_type(), "audio/aac");
  EXPECT_EQ(state.room_id(), "RM_1");
  ASSERT_EQ(state.tracks_size(), 1);
  EXPECT_EQ(state.tracks(0).sid(), "TR_1");
  EXPECT_EQ(state.started_at(), kStartNs);
  EXPECT_EQ(state.updated_at(), kStartNs + 3'000'000'000);
}

TEST(SessionStateTest, SendsNothingForWhatItKnows) {
  SessionState session = Make();
  ::livekit::TrackInfo track;
  track.set_sid("TR_1");
  const auto report = [&] {
    session.SetVideo(Video(1280, 0));
    session.SetRoomId("RM_1");
    session.SetTracks({track});
    session.SetPublishing();
  };
  report();
  session.TakeUpdate(kStart);
  report();
  EXPECT_FALSE(session.update_due());
}

TEST(SessionStateTest, LetsABitrateTravelWithTheNextUpdate) {
  SessionState session = Make();
  session.SetVideo(Video(1280, 0));
  session.TakeUpdate(kStart);
  session.SetVideo(Video(1280, 2'000'000));
  EXPECT_FALSE(session.update_due());
  session.SetVideo(Video(1920, 2'500'000));
  EXPECT_EQ(session.TakeUpdate(kStart + 1s)->video().average_bitrate(), 2'500'000u);
}

TEST(SessionStateTest, NeverGoesBackToBuffering) {
  SessionState session = Make();
  session.SetPublishing();
  session.SetVideo(Video(640, 0));
  EXPECT_EQ(session.state().status(), IngressState::ENDPOINT_PUBLISHING);
}

TEST(SessionStateTest, EndsInactiveOrComplete) {
  SessionState reusable = Make(true);
  reusable.End(kStart + 5s);
  EXPECT_EQ(reusable.TakeUpdate(kStart + 5s)->status(), IngressState::ENDPOINT_INACTIVE);
  SessionState once = Make(false);
  once.End(kStart + 5s);
  const IngressState state = once.TakeUpdate(kStart + 6s).value();
  EXPECT_EQ(state.status(), IngressState::ENDPOINT_COMPLETE);
  EXPECT_EQ(state.ended_at(), kStartNs + 5'000'000'000);
}

TEST(SessionStateTest, KeepsTheFirstFailure) {
  SessionState session = Make();
  session.Fail(Failure(FailureCode::kHandlerCrashed));
  session.Fail(Failure(FailureCode::kPublisherTimedOut));
  session.End(kStart + 1s);
  const IngressState state = session.TakeUpdate(kStart + 1s).value();
  EXPECT_EQ(state.status(), IngressState::ENDPOINT_ERROR);
  EXPECT_THAT(state.error(), StartsWith("the process for this stream ended unexpectedly"));
  EXPECT_EQ(session.failure()->code(), FailureCode::kHandlerCrashed);
}

TEST(SessionStateTest, ADeletedOrUpdatedSessionEndsWithoutError) {
  for (const auto code :
       {FailureCode::kIngressDeleted, FailureCode::kIngressUpdated, FailureCode::kTakenOver}) {
    SessionState session = Make();
    session.Fail(Failure(code));
    session.Fail(Failure(FailureCode::kInternal));  // what tearing down may cause
    session.End(kStart + 1s);
    EXPECT_EQ(session.state().status(), IngressState::ENDPOINT_INACTIVE);
    EXPECT_EQ(session.state().error(), "");
  }
}

TEST(SessionStateTest, IsFinalAfterTheEnd) {
  SessionState session = Make();
  session.End(kStart + 1s);
  session.TakeUpdate(kStart + 1s);
  session.Fail(Failure(FailureCode::kInternal));
  session.SetVideo(Video(640, 0));
  session.SetAudio({});
  session.SetRoomId("RM_2");
  session.SetTracks({::livekit::TrackInfo()});
  session.SetPublishing();
  session.End(kStart + 9s);
  EXPECT_FALSE(session.update_due());
  EXPECT_EQ(session.state().status(), IngressState::ENDPOINT_INACTIVE);
  EXPECT_EQ(session.state().ended_at(), kStartNs + 1'000'000'000);
}

TEST(SessionStateTest, ARefusedSessionNeedsOneUpdate) {
  SessionState session = Make();
  session.Fail(Failure(FailureCode::kIngressDisabled));
  session.End(kStart);
  const IngressState state = session.TakeUpdate(kStart).value();
  EXPECT_EQ(state.status(), IngressState::ENDPOINT_ERROR);
  EXPECT_EQ(state.started_at(), kStartNs);
  EXPECT_EQ(state.ended_at(), kStartNs);
  EXPECT_THAT(state.error(), StartsWith("session is disabled"));
}

TEST(SessionStateTest, UpdatedAtRisesWhateverTheClockDoes) {
  SessionState session = Make();
  std::int64_t last = 0;
  for (const auto offset : {0s, 0s, 5s, -3600s, -3600s, 2s}) {
    session.UpdateLost();
    const std::int64_t updated = session.TakeUpdate(kStart + offset)->updated_at();
    EXPECT_GT(updated, last);
    EXPECT_GE(updated, kStartNs);
    last = updated;
  }
  session.End(kStart - 1h);
  EXPECT_EQ(session.state().ended_at(), kStartNs);
}

TEST(SessionStateTest, StartsAfterTheLastSessionEvenIfOurClockIsBehind) {
  const SessionState session(
      {.resource_id = "RT_2", .reusable = true, .previous_started_at = kStartNs + 7}, kStart);
  EXPECT_EQ(session.state().started_at(), kStartNs + 8);
}

TEST(SessionStateTest, ShowsAWarningOnlyWhileTheSessionGoesOn) {
  SessionState state({.resource_id = "RT_1"}, kStart);
  state.SetPublishing();
  state.TakeUpdate(kStart);
  state.SetWarning("the encoder runs slow");
  EXPECT_TRUE(state.update_due());
  EXPECT_EQ(state.TakeUpdate(kStart)->error(), "the encoder runs slow");
  state.SetWarning("the encoder runs slow");
  EXPECT_FALSE(state.update_due());
  state.SetWarning("");
  EXPECT_EQ(state.TakeUpdate(kStart)->error(), "");
  state.SetWarning("the encoder runs slow");
  state.End(kStart);
  EXPECT_EQ(state.state().error(), "");
}

}  // namespace
}  // namespace ingress
