#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "support/sfu_room.h"

namespace ingress::livekit {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = ::livekit::SignalRequest;

class RoomResumeTest : public RoomTest {};

TEST_F(RoomResumeTest, ANewSessionKnowsOnlyTheTrackThatReplacedAnother) {
  JoinAndPublish();
  ASSERT_TRUE(Run(room_->ReplaceVideo(ThreeLayers())).has_value());
  const int announced = sfu_.Count(Kind::kAddTrack);
  sfu_.script.refuse_resume = true;
  sfu_.Drop();
  Await([this] { return ready_ == 3; });
  EXPECT_EQ(sfu_.Count(Kind::kAddTrack), announced + 2);
  EXPECT_EQ(sfu_.peer()->offer().sections.size(), 2U);
  EXPECT_EQ(room_->video()->info().sid(), "TR_VC2");
}

TEST_F(RoomResumeTest, ReplacesATrackWhileTheSignalConnectionIsAway) {
  JoinAndPublish();
  sfu_.Drop();
  ASSERT_TRUE(Run(room_->ReplaceVideo(ThreeLayers())).has_value());
  EXPECT_EQ(room_->video()->info().sid(), "TR_VC2");
  EXPECT_TRUE(sfu_.peer()->offer().sections.at(1).inactive);
}

TEST_F(RoomResumeTest, TellsWhatALossyUplinkCarriesAndForgetsItWithTheSession) {
  JoinAndPublish();
  EncodedFrame frame;
  frame.payload = Bytes(20'000, 0x55);
  const std::uint8_t start[] = {0, 0, 0, 1, 0x65};
  std::ranges::copy(start, frame.payload.begin());
  // One feedback says nothing of the rate yet.
  boost::asio::steady_timer timer(io_);
  const std::function<void()> tick = [&] {
    frame.pts = clock_.At(Clock::now());
    room_->video()->Send(2, frame);
    if (sfu_.peer()->unreported() >= 40) sfu_.peer()->SendLossyFeedback();
    timer.expires_after(std::chrono::milliseconds(50));
    timer.async_wait([&](boost::system::error_code error) {
      if (!error) tick();
    });
  };
  tick();
  Await([this] { return !uplink_.empty(); });
  timer.cancel();
  EXPECT_NE(uplink_.front(), Room::kUnlimited);
  sfu_.script.refuse_resume = true;
  sfu_.Drop();
  Await([this] { return ready_ == 2; });
  EXPECT_EQ(uplink_.back(), Room::kUnlimited);
}

TEST_F(RoomResumeTest, TellsAMuteOnceAndAgainAfterAResume) {
  JoinAndPublish();
  room_->video()->SetMuted(false);
  room_->video()->SetMuted(true);
  room_->video()->SetMuted(true);
  room_->audio()->SetMuted(true);
  room_->audio()->SetMuted(false);
  Await([this] { return sfu_.Count(Kind::kMute) == 3; });
  EXPECT_THAT(Mutes(), ElementsAre("TR_VC1 muted", "TR_AM1 muted", "TR_AM1 live"));
  sfu_.Drop();
  Await([this] { return ready_ == 2 && sfu_.Count(Kind::kMute) == 5; });
  EXPECT_EQ(Mutes().at(3), "TR_AM1 live");
  EXPECT_EQ(Mutes().at(4), "TR_VC1 muted");
}

TEST_F(RoomResumeTest, RenewsLayersOnceTheTransportIsUpAgain) {
  JoinAndPublish();
  sfu_.Drop();
  Await([this] { return ready_ == 2 && sfu_.Count(Kind::kMute) == 1; });
  EXPECT_THAT(Mutes(), ElementsAre("TR_VC1 live"));
}

TEST_F(RoomResumeTest, AnnouncesAMutedTrackAsMutedInANewSession) {
  JoinAndPublish();
  room_->video()->SetMuted(true);
  sfu_.script.refuse_resume = true;
  sfu_.Drop();
  Await([this] { return ready_ == 2; });
  std::vector<bool> muted;
  for (const auto& request : sfu_.requests) {
    if (request.has_add_track() && request.add_track().type() == ::livekit::VIDEO) {
      muted.push_back(request.add_track().muted());
    }
  }
  EXPECT_THAT(muted, ElementsAre(false, true));
}

TEST_F(RoomResumeTest, ResumesOnTheSameStreamsAfterALostSignalConnection) {
  JoinAndPublish();
  const std::uint32_t ssrc = room_->video()->stats().at(0).ssrc;
  const std::string ufrag = sfu_.peer()->offer().ice.ufrag;
  sfu_.Drop();
  Await([this] { return ready_ == 2; });
  EXPECT_EQ(sfu_.resumes, 1);
  EXPECT_EQ(sfu_.joins, 1);
  EXPECT_THAT(sfu_.targets.back(), HasSubstr("&reconnect=1&sid=PA_1&reconnect_reason=1"));
  EXPECT_NE(sfu_.peer()->offer().ice.ufrag, ufrag);
  EXPECT_EQ(room_->video()->stats().at(0).ssrc, ssrc);
  SendKeyFrame(0);
  Await([&] { return sfu_.peer()->streams().contains(ssrc); });
  EXPECT_FALSE(end_.has_value());
}

TEST_F(RoomResumeTest, UsesTheRefreshedTokenToResume) {
  JoinAndPublish();
  ::livekit::SignalResponse refresh;
  refresh.set_refresh_token("newer.token.value");
  sfu_.Send(refresh);
  ::livekit::SignalResponse marker;
  marker.mutable_subscribed_quality_update()->set_track_sid("TR_VC1");
  marker.mutable_subscribed_quality_update()->add_subscribed_qualities();
  sfu_.Send(marker);
  Await([this] { return !enabled_.empty(); });
  sfu_.Drop();
  Await([this] { return sfu_.resumes == 1; });
  EXPECT_EQ(sfu_.authorizations.back(), "Bearer newer.token.value");
}

TEST_F(RoomResumeTest, JoinsAnewWhenTheSessionIsGone) {
  JoinAndPublish();
  const std::uint32_t ssrc = room_->video()->stats().at(0).ssrc;
  sfu_.script.refuse_resume = true;
  sfu_.Drop();
  Await([this] { return ready_ == 2; });
  EXPECT_EQ(sfu_.joins, 2);
  EXPECT_EQ(sfu_.Count(Kind::kAddTrack), 4);
  EXPECT_NE(room_->video()->stats().at(0).ssrc, ssrc);
  EXPECT_FALSE(end_.has_value());
}

TEST_F(RoomResumeTest, MayBeAskedOfItsTracksWhileItJoinsAnew) {
  JoinAndPublish();
  ::livekit::SignalResponse arrival;
  arrival.mutable_update()->add_participants()->set_sid("PA_viewer");
  sfu_.Send(arrival);
  Await([this] { return audience_ == std::vector{true}; });
  sfu_.script.refuse_resume = true;
  sfu_.Drop();
  Await([this] { return ready_ == 2; });
  EXPECT_EQ(audience_, (std::vector{true, false})) << "the viewer has not come back yet";
}

TEST_F(RoomResumeTest, RejoinsThroughV1WhenItWouldHaveToSubscribe) {
  sfu_.script.subscriber_primary = true;
  Join();
  ASSERT_EQ(sfu_.targets.size(), 2U);
  EXPECT_THAT(sfu_.targets[1], AllOf(StartsWith("/rtc/v1?"), HasSubstr("&join_request=")));
  EXPECT_EQ(sfu_.Count(Kind::kLeave), 1);
}

}  // namespace
}  // namespace ingress::livekit
