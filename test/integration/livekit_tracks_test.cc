#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/byte_writer.h"
#include "support/sfu_room.h"

namespace ingress::livekit {
namespace {

using ::testing::ElementsAre;
using Kind = ::livekit::SignalRequest;

class RoomTracksTest : public RoomTest {
 protected:
  /// As by the API; returns when the room has heard of it.
  void MuteVideoAsOwner() {
    ::livekit::SignalResponse response;
    response.mutable_mute()->set_sid("TR_VC1");
    response.mutable_mute()->set_muted(true);
    sfu_.Send(response);
    ::livekit::SignalResponse marker;
    marker.mutable_subscribed_quality_update()->set_track_sid("TR_VC1");
    marker.mutable_subscribed_quality_update()->add_subscribed_qualities();
    sfu_.Send(marker);
    Await([this] { return !enabled_.empty(); });
  }
};

TEST_F(RoomTracksTest, AnnouncesTracksBeforeTheOneOfferThatCarriesThem) {
  JoinAndPublish();
  std::vector<Kind::MessageCase> order;
  for (const auto& request : sfu_.requests) {
    if (request.has_add_track() || request.has_offer()) order.push_back(request.message_case());
  }
  EXPECT_THAT(order, ElementsAre(Kind::kAddTrack, Kind::kAddTrack, Kind::kOffer));
  EXPECT_EQ(room_->video()->info().sid(), "TR_VC1");
  EXPECT_EQ(room_->audio()->info().sid(), "TR_AM1");
  for (const auto& request : sfu_.requests) {
    if (!request.has_add_track() || request.add_track().type() != ::livekit::VIDEO) continue;
    EXPECT_EQ(request.add_track().cid(), sfu_.peer()->offer().sections.at(1).track_id);
  }
}

TEST_F(RoomTracksTest, SendsMediaOfEveryLayerAndOfAudio) {
  JoinAndPublish();
  for (std::size_t layer = 0; layer < 3; ++layer) SendKeyFrame(layer);
  EncodedFrame opus;
  opus.payload = {0xfc, 0xff, 0xfe};
  opus.pts = clock_.At(Clock::now());
  room_->audio()->Send(opus, 30);
  Await([this] { return sfu_.peer()->streams().size() == 4; });
  EXPECT_NE(sfu_.peer()->SsrcOfRid("f"), 0U);
  EXPECT_EQ(room_->video()->stats().at(2).ssrc, sfu_.peer()->SsrcOfRid("f"));
  EXPECT_EQ(room_->audio()->stats().packets, 1U);
}

TEST_F(RoomTracksTest, PublishesAudioThatComesLater) {
  Join();
  Publish(ThreeLayers(), std::nullopt);
  EXPECT_EQ(room_->audio(), nullptr);
  Publish(std::nullopt, Stereo());
  ASSERT_NE(room_->audio(), nullptr);
  EXPECT_EQ(sfu_.peer()->offer().sections.size(), 2U);
  EXPECT_EQ(sfu_.peer()->offer().sections[1].kind, "audio");
}

TEST_F(RoomTracksTest, HasItsTracksToldOnceMoreWhenTheyArePublished) {
  JoinAndPublish();
  Await([this] { return sfu_.Count(Kind::kUpdateMetadata) == 2; });
  std::vector<std::string> values;
  for (const auto& request : sfu_.requests) {
    if (request.has_update_metadata()) {
      values.push_back(request.update_metadata().attributes().at("key"));
    }
  }
  EXPECT_THAT(values, ElementsAre("value", "value"));
}

TEST_F(RoomTracksTest, ReplacesTheVideoTrackInOneOfferAndLeavesAudioAlone) {
  JoinAndPublish();
  SendKeyFrame(0);
  const std::uint32_t audio = room_->audio()->stats().ssrc;
  const std::uint32_t before = room_->video()->stats().at(0).ssrc;
  VideoTrackOptions larger = ThreeLayers();
  larger.layers.back().width = 1920;
  larger.layers.back().height = 1080;
  const auto replaced = Run(room_->ReplaceVideo(larger));
  ASSERT_TRUE(replaced.has_value()) << replaced.error().context;
  EXPECT_EQ(sfu_.Count(Kind::kOffer), 2);
  const auto& sections = sfu_.peer()->offer().sections;
  ASSERT_EQ(sections.size(), 3U);
  EXPECT_FALSE(sections[0].inactive);
  EXPECT_TRUE(sections[1].inactive);
  EXPECT_FALSE(sections[2].inactive);
  EXPECT_EQ(room_->video()->info().sid(), "TR_VC2");
  EXPECT_EQ(room_->audio()->stats().ssrc, audio);
  EXPECT_EQ(ready_, 2);
  const std::size_t streams = sfu_.peer()->streams().size();
  SendKeyFrame(0);
  Await([&] { return sfu_.peer()->streams().size() == streams + 1; });
  EXPECT_NE(room_->video()->stats().at(0).ssrc, before);
  EXPECT_GT(room_->video()->stats().at(0).packets, 0U);
}

TEST_F(RoomTracksTest, ATrackThatReplacesOneTheOwnerMutedIsMuted) {
  JoinAndPublish();
  MuteVideoAsOwner();
  ASSERT_TRUE(Run(room_->ReplaceVideo(ThreeLayers())).has_value());
  EXPECT_TRUE(room_->video()->info().muted());
}

TEST_F(RoomTracksTest, PassesKeyFrameRequestsOn) {
  JoinAndPublish();
  const std::uint32_t ssrc = room_->video()->stats().at(1).ssrc;
  Bytes picture_loss;
  ByteWriter writer(picture_loss);
  writer.WriteU32(0x81ce0002);  // V=2, PLI, PSFB, 2 words follow
  writer.WriteU32(ssrc);
  writer.WriteU32(ssrc);
  sfu_.peer()->SendRtcp(picture_loss);
  Await([this] { return !requested_layers_.empty(); });
  EXPECT_THAT(requested_layers_, ElementsAre(1));
}

TEST_F(RoomTracksTest, TellsWhichQualitiesAreWanted) {
  JoinAndPublish();
  ::livekit::SignalResponse response;
  auto& update = *response.mutable_subscribed_quality_update();
  update.set_track_sid("TR_VC1");
  auto& codec = *update.add_subscribed_codecs();
  codec.set_codec("h264");
  for (const auto quality : {::livekit::LOW, ::livekit::MEDIUM, ::livekit::HIGH}) {
    auto& entry = *codec.add_qualities();
    entry.set_quality(quality);
    entry.set_enabled(quality == ::livekit::LOW);
  }
  sfu_.Send(response);
  Await([this] { return enabled_.size() == 3; });
  EXPECT_TRUE(enabled_[::livekit::LOW]);
  EXPECT_FALSE(enabled_[::livekit::HIGH]);
}

TEST_F(RoomTracksTest, RenewsLayersByTellingTheMuteStateThatIsKnown) {
  JoinAndPublish();
  room_->video()->RenewLayers();
  room_->video()->SetMuted(true);
  room_->video()->RenewLayers();
  room_->audio()->SetMuted(true);
  Await([this] { return sfu_.Count(Kind::kMute) == 3; });
  EXPECT_THAT(Mutes(), ElementsAre("TR_VC1 live", "TR_VC1 muted", "TR_AM1 muted"));
}

TEST_F(RoomTracksTest, NeverUnmutesWhatTheOwnerOfTheRoomMuted) {
  JoinAndPublish();
  MuteVideoAsOwner();
  room_->video()->SetMuted(true);
  room_->video()->SetMuted(false);
  room_->audio()->SetMuted(true);
  Await([this] { return sfu_.Count(Kind::kMute) == 1; });
  EXPECT_THAT(Mutes(), ElementsAre("TR_AM1 muted"));
}

}  // namespace
}  // namespace ingress::livekit
