#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <optional>

#include "base/byte_writer.h"
#include "livekit/room.h"
#include "support/sfu_run_until.h"
#include "support/sfu_server.h"
#include "token/access_token.h"

namespace ingress::livekit {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Kind = ::livekit::SignalRequest;

std::string Token() {
  return token::MakeAccessToken("devkey", "devsecret-devsecret-devsecret-00",
                                {.room = "stage", .identity = "cam"}, WallClock::now())
      .value();
}

VideoTrackOptions ThreeLayers() {
  return {.name = "cam",
          .layers = {{::livekit::LOW, 320, 180, 250'000},
                     {::livekit::MEDIUM, 640, 360, 700'000},
                     {::livekit::HIGH, 1280, 720, 2'000'000}}};
}

AudioTrackOptions Stereo() { return {.name = "mic", .bitrate = 96'000}; }

class RoomTest : public testing::Test {
 protected:
  ~RoomTest() override {
    room_.reset();
    io_.restart();
    io_.poll();  // what the room and the server still have to say
  }

  void MakeRoom() {
    room_ = Room::Make(
        io_.get_executor(),
        {.url = sfu_.url(), .token = token_, .attributes = {{"key", "value"}}, .clock = clock_},
        {.on_key_frame_request = [this](std::size_t layer) { requested_layers_.push_back(layer); },
         .on_subscribed_quality = [this](const auto& enabled) { enabled_ = enabled; },
         .on_audience = [this](bool present) { OnAudience(present); },
         .on_uplink = [this](std::uint32_t bitrate) { uplink_.push_back(bitrate); },
         .on_transport_ready = [this] { ++ready_; },
         .on_disconnected = [this](Disconnect end) { end_ = std::move(end); }});
  }

  /// Runs a coroutine of the room to its end.
  template <typename T>
  T Run(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      result = std::move(value);
    });
    EXPECT_TRUE(test::RunUntil(io_, [&] { return result.has_value(); }));
    return std::move(*result);
  }

  void Run(boost::asio::awaitable<void> task) {
    bool done = false;
    boost::asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
      done = true;
    });
    EXPECT_TRUE(test::RunUntil(io_, [&] { return done; }));
  }

  template <typename Done>
  void Await(Done done) {
    ASSERT_TRUE(test::RunUntil(io_, done)) << "waited in vain";
  }

  /// Asks all that a report asks, in the middle of whatever the room does.
  void OnAudience(bool present) {
    audience_.push_back(present);
    if (room_ && room_->video() != nullptr) room_->video()->stats();
    if (room_ && room_->audio() != nullptr) room_->audio()->stats();
  }

  void Join() {
    MakeRoom();
    const auto joined = Run(room_->Join());
    ASSERT_TRUE(joined.has_value()) << joined.error().context;
  }

  void Publish(std::optional<VideoTrackOptions> video, std::optional<AudioTrackOptions> audio) {
    const auto published = Run(room_->Publish(std::move(video), std::move(audio)));
    ASSERT_TRUE(published.has_value()) << published.error().context;
  }

  void JoinAndPublish() {
    Join();
    Publish(ThreeLayers(), Stereo());
    Await([this] { return ready_ == 1 && sfu_.peer()->connected(); });
  }

  void SendKeyFrame(std::size_t layer) {
    EncodedFrame frame;
    frame.payload = {0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 1, 0x65, 0x88, 0x80};
    frame.pts = clock_.At(Clock::now());
    frame.key_frame = true;
    room_->video()->Send(layer, frame);
  }

  /// The mute requests so far, as "<sid> <muted>".
  std::vector<std::string> Mutes() const {
    std::vector<std::string> out;
    for (const auto& request : sfu_.requests) {
      if (!request.has_mute()) continue;
      out.push_back(request.mute().sid() + (request.mute().muted() ? " muted" : " live"));
    }
    return out;
  }

  boost::asio::io_context io_{1};
  SessionClock clock_{Clock::now(), WallClock::now()};
  std::string token_ = Token();
  test::SfuServer sfu_{io_};
  std::unique_ptr<Room> room_;
  int ready_ = 0;
  std::vector<std::size_t> requested_layers_;
  std::map<::livekit::VideoQuality, bool> enabled_;
  std::vector<bool> audience_;
  std::vector<std::uint32_t> uplink_;
  std::optional<Disconnect> end_;
};

TEST_F(RoomTest, JoinsWithItsTokenInTheHeader) {
  MakeRoom();
  const auto joined = Run(room_->Join());
  ASSERT_TRUE(joined.has_value()) << joined.error().context;
  EXPECT_EQ(joined->room_sid, "RM_1");
  EXPECT_EQ(joined->participant_sid, "PA_1");
  EXPECT_EQ(joined->server_version, "1.13.5");
  EXPECT_THAT(joined->publish_codecs, ElementsAre("audio/opus", "video/H264", "video/VP8"));
  EXPECT_THAT(sfu_.targets,
              ElementsAre(AllOf(StartsWith("/rtc?protocol=17&sdk=cpp"),
                                HasSubstr("auto_subscribe=0"), Not(HasSubstr("access_token")))));
  EXPECT_THAT(sfu_.authorizations, ElementsAre("Bearer " + token_));
  Await([this] { return sfu_.Count(Kind::kUpdateMetadata) == 1; });
}

TEST_F(RoomTest, AnnouncesTracksBeforeTheOneOfferThatCarriesThem) {
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

TEST_F(RoomTest, SendsMediaOfEveryLayerAndOfAudio) {
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

TEST_F(RoomTest, PublishesAudioThatComesLater) {
  Join();
  Publish(ThreeLayers(), std::nullopt);
  EXPECT_EQ(room_->audio(), nullptr);
  Publish(std::nullopt, Stereo());
  ASSERT_NE(room_->audio(), nullptr);
  EXPECT_EQ(sfu_.peer()->offer().sections.size(), 2U);
  EXPECT_EQ(sfu_.peer()->offer().sections[1].kind, "audio");
}

TEST_F(RoomTest, HasItsTracksToldOnceMoreWhenTheyArePublished) {
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

TEST_F(RoomTest, ReplacesTheVideoTrackInOneOfferAndLeavesAudioAlone) {
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

TEST_F(RoomTest, ANewSessionKnowsOnlyTheTrackThatReplacedAnother) {
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

TEST_F(RoomTest, ReplacesATrackWhileTheSignalConnectionIsAway) {
  JoinAndPublish();
  sfu_.Drop();
  ASSERT_TRUE(Run(room_->ReplaceVideo(ThreeLayers())).has_value());
  EXPECT_EQ(room_->video()->info().sid(), "TR_VC2");
  EXPECT_TRUE(sfu_.peer()->offer().sections.at(1).inactive);
}

TEST_F(RoomTest, ATrackThatReplacesOneTheOwnerMutedIsMuted) {
  JoinAndPublish();
  ::livekit::SignalResponse response;
  response.mutable_mute()->set_sid("TR_VC1");
  response.mutable_mute()->set_muted(true);
  sfu_.Send(response);
  ::livekit::SignalResponse marker;
  marker.mutable_subscribed_quality_update()->set_track_sid("TR_VC1");
  marker.mutable_subscribed_quality_update()->add_subscribed_qualities();
  sfu_.Send(marker);
  Await([this] { return !enabled_.empty(); });
  ASSERT_TRUE(Run(room_->ReplaceVideo(ThreeLayers())).has_value());
  EXPECT_TRUE(room_->video()->info().muted());
}

TEST_F(RoomTest, BringsTheTransportUpWhenNoTrackComes) {
  Join();
  Await([this] { return sfu_.peer()->connected(); });
  EXPECT_EQ(ready_, 0);
  Publish(ThreeLayers(), Stereo());
  EXPECT_EQ(ready_, 1);
  EXPECT_TRUE(sfu_.peer()->offer().sections.at(0).inactive);
}

TEST_F(RoomTest, PassesKeyFrameRequestsOn) {
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

TEST_F(RoomTest, TellsWhatALossyUplinkCarriesAndForgetsItWithTheSession) {
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

TEST_F(RoomTest, TellsWhichQualitiesAreWanted) {
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

TEST_F(RoomTest, TellsAMuteOnceAndAgainAfterAResume) {
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

TEST_F(RoomTest, RenewsLayersByTellingTheMuteStateThatIsKnown) {
  JoinAndPublish();
  room_->video()->RenewLayers();
  room_->video()->SetMuted(true);
  room_->video()->RenewLayers();
  room_->audio()->SetMuted(true);
  Await([this] { return sfu_.Count(Kind::kMute) == 3; });
  EXPECT_THAT(Mutes(), ElementsAre("TR_VC1 live", "TR_VC1 muted", "TR_AM1 muted"));
}

TEST_F(RoomTest, RenewsLayersOnceTheTransportIsUpAgain) {
  JoinAndPublish();
  sfu_.Drop();
  Await([this] { return ready_ == 2 && sfu_.Count(Kind::kMute) == 1; });
  EXPECT_THAT(Mutes(), ElementsAre("TR_VC1 live"));
}

TEST_F(RoomTest, AnnouncesAMutedTrackAsMutedInANewSession) {
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

TEST_F(RoomTest, NeverUnmutesWhatTheOwnerOfTheRoomMuted) {
  JoinAndPublish();
  ::livekit::SignalResponse response;
  response.mutable_mute()->set_sid("TR_VC1");
  response.mutable_mute()->set_muted(true);
  sfu_.Send(response);
  ::livekit::SignalResponse marker;
  marker.mutable_subscribed_quality_update()->set_track_sid("TR_VC1");
  marker.mutable_subscribed_quality_update()->add_subscribed_qualities();
  sfu_.Send(marker);
  Await([this] { return !enabled_.empty(); });
  room_->video()->SetMuted(true);
  room_->video()->SetMuted(false);
  room_->audio()->SetMuted(true);
  Await([this] { return sfu_.Count(Kind::kMute) == 1; });
  EXPECT_THAT(Mutes(), ElementsAre("TR_AM1 muted"));
}

TEST_F(RoomTest, ResumesOnTheSameStreamsAfterALostSignalConnection) {
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

TEST_F(RoomTest, UsesTheRefreshedTokenToResume) {
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

TEST_F(RoomTest, JoinsAnewWhenTheSessionIsGone) {
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

TEST_F(RoomTest, MayBeAskedOfItsTracksWhileItJoinsAnew) {
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

TEST_F(RoomTest, EndsForGoodWhenTheServerSaysSo) {
  JoinAndPublish();
  ::livekit::SignalResponse response;
  response.mutable_leave()->set_reason(::livekit::ROOM_DELETED);
  response.mutable_leave()->set_action(::livekit::LeaveRequest::DISCONNECT);
  sfu_.Send(response);
  Await([this] { return end_.has_value(); });
  EXPECT_EQ(end_->reason, ::livekit::ROOM_DELETED);
  EXPECT_FALSE(end_->retryable);
  EXPECT_EQ(end_->detail, "the room was deleted");
  EXPECT_EQ(sfu_.resumes, 0);
  EXPECT_EQ(sfu_.joins, 1);
  const auto late = Run(room_->Publish(std::nullopt, Stereo()));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kClosed);
}

TEST_F(RoomTest, SaysGoodbyeAndWaitsForTheEcho) {
  JoinAndPublish();
  Run(room_->Leave());
  EXPECT_EQ(sfu_.Count(Kind::kLeave), 1);
  EXPECT_EQ(sfu_.requests.back().leave().reason(), ::livekit::CLIENT_INITIATED);
  EXPECT_FALSE(end_.has_value());
  Await([this] { return !sfu_.connected(); });
}

TEST_F(RoomTest, ClosesTheConnectionWhenLetGoWithoutGoodbye) {
  JoinAndPublish();
  room_.reset();
  Await([this] { return !sfu_.connected(); });
  EXPECT_FALSE(end_.has_value());
}

TEST_F(RoomTest, RejoinsThroughV1WhenItWouldHaveToSubscribe) {
  sfu_.script.subscriber_primary = true;
  Join();
  ASSERT_EQ(sfu_.targets.size(), 2U);
  EXPECT_THAT(sfu_.targets[1], AllOf(StartsWith("/rtc/v1?"), HasSubstr("&join_request=")));
  EXPECT_EQ(sfu_.Count(Kind::kLeave), 1);
}

TEST_F(RoomTest, TellsTheRefusalWithoutTheToken) {
  sfu_.script.refuse_status = 401;
  sfu_.script.refuse_body = "invalid token: " + token_ + ", error: no permissions for devkey";
  MakeRoom();
  const auto joined = Run(room_->Join());
  ASSERT_FALSE(joined.has_value());
  EXPECT_EQ(joined.error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(joined.error().context,
            "join: signal: HTTP 401: invalid token: [redacted], error: no permissions for "
            "[redacted]");
}

TEST_F(RoomTest, AsksForTheReasonOfAWordlessRefusal) {
  sfu_.script.refuse_status = 404;
  sfu_.script.validate_body = "requested room does not exist";
  MakeRoom();
  const auto joined = Run(room_->Join());
  ASSERT_FALSE(joined.has_value());
  EXPECT_EQ(joined.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(joined.error().context, HasSubstr("requested room does not exist"));
  EXPECT_THAT(sfu_.targets, ElementsAre(StartsWith("/rtc?"), StartsWith("/rtc/validate?")));
}

TEST_F(RoomTest, ReportsAServerThatIsNotThere) {
  MakeRoom();
  room_ = Room::Make(
      io_.get_executor(),
      {.url = "ws://127.0.0.1:1", .token = token_, .attributes = {}, .clock = clock_}, {});
  const auto joined = Run(room_->Join());
  ASSERT_FALSE(joined.has_value());
  EXPECT_EQ(joined.error().code, ErrorCode::kUnavailable);
}

TEST_F(RoomTest, ReportsTracksThatTheGrantForbids) {
  sfu_.script.refuse_tracks = true;
  Join();
  const auto published = Run(room_->Publish(ThreeLayers(), std::nullopt));
  ASSERT_FALSE(published.has_value());
  EXPECT_EQ(published.error().code, ErrorCode::kUnauthorized);
  EXPECT_THAT(published.error().context, HasSubstr("NOT_ALLOWED"));
}

TEST_F(RoomTest, ReportsACodecThatTheRoomDoesNotTake) {
  sfu_.script.publish_codecs = {"audio/opus", "video/VP8"};
  Join();
  const auto published = Run(room_->Publish(ThreeLayers(), Stereo()));
  ASSERT_FALSE(published.has_value());
  EXPECT_EQ(published.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(sfu_.Count(Kind::kAddTrack), 0);
}

}  // namespace
}  // namespace ingress::livekit
