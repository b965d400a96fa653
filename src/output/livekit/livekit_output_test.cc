#include "output/livekit/livekit_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "livekit/testing/fake_room.h"

namespace ingress::output {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using namespace std::chrono_literals;

VideoTrack ThreeLayers() {
  return {.codec = VideoCodec::kH264,
          .layers = {{LayerQuality::kLow, 320, 180, 240'000},
                     {LayerQuality::kMedium, 640, 360, 670'000},
                     {LayerQuality::kHigh, 1280, 720, 1'900'000}}};
}

class LiveKitOutputTest : public testing::Test {
 protected:
  LiveKitOutputTest()
      : output_(
            io_.get_executor(),
            {.room = {.url = "ws://127.0.0.1", .token = "t", .attributes = {}, .clock = {}},
             .video_name = "screen",
             .video_source = ::livekit::SCREEN_SHARE,
             .audio_name = "voice",
             .audio_source = ::livekit::SCREEN_SHARE_AUDIO},
            {.on_joined = [this] { events_.emplace_back("joined"); },
             .on_published = [this] { events_.emplace_back("published"); },
             .on_transport_ready = [this] { events_.emplace_back("transport ready"); },
             .on_demand = [this](const std::vector<bool>& wanted) { demand_ = wanted; },
             .on_key_frame_request =
                 [this](std::size_t layer) {
                   events_.push_back("key frame of " + std::to_string(layer));
                 },
             .on_audience =
                 [this](bool present) { events_.emplace_back(present ? "audience" : "nobody"); },
             .on_uplink = [this](std::optional<std::uint32_t> bits) { uplink_ = bits; },
             .on_ended =
                 [this](const Ended& ended) {
                   ended_ = ended;
                   events_.emplace_back("ended");
                 },
             .on_left = [this] { events_.emplace_back("left"); }},
            [this](const boost::asio::any_io_executor&, livekit::RoomOptions options,
                   livekit::Room::Callbacks callbacks) {
              auto room =
                  std::make_unique<livekit::FakeRoom>(std::move(options), std::move(callbacks));
              room_ = room.get();
              return room;
            }) {}
  ~LiveKitOutputTest() override {
    if (!room_->left) output_.Leave();
    Run();
  }

  void Run() {
    io_.restart();
    io_.poll();
  }
  void Publish() {
    output_.Join();
    Run();
    output_.Publish(ThreeLayers(), AudioTrack{.stereo = false, .dtx = false, .bitrate = 64'000});
    Run();
  }

  boost::asio::io_context io_{1};
  livekit::FakeRoom* room_ = nullptr;
  std::vector<std::string> events_;
  std::vector<bool> demand_;
  std::optional<std::uint32_t> uplink_ = 1;
  std::optional<Ended> ended_;
  LiveKitOutput output_;
};

TEST_F(LiveKitOutputTest, JoinsAndSaysWhereItIs) {
  output_.Join();
  Run();
  EXPECT_THAT(events_, ElementsAre("joined"));
  EXPECT_EQ(output_.joined().session_id, "RM_1");
  EXPECT_EQ(output_.joined().server, "1.13.5");
  EXPECT_TRUE(output_.joined().takes_h264);
}

TEST_F(LiveKitOutputTest, SaysWhenARoomTakesNoH264) {
  room_->join_result->publish_codecs = {"video/VP8", "audio/opus"};
  output_.Join();
  Run();
  EXPECT_FALSE(output_.joined().takes_h264);
}

TEST_F(LiveKitOutputTest, SaysWhetherAnotherAttemptToJoinHelps) {
  for (const auto& [error, retry] : {std::pair{ErrorCode::kUnavailable, Retry::kWhileAway},
                                     {ErrorCode::kTimeout, Retry::kWhileAway},
                                     {ErrorCode::kClosed, Retry::kWhileAway},
                                     {ErrorCode::kConflict, Retry::kBriefly},
                                     {ErrorCode::kUnauthorized, Retry::kNever},
                                     {ErrorCode::kCertificate, Retry::kNever},
                                     {ErrorCode::kNotFound, Retry::kNever}}) {
    room_->join_result = std::unexpected(Error{error, "the server's own words"});
    ended_.reset();
    output_.Join();
    Run();
    ASSERT_TRUE(ended_.has_value());
    EXPECT_EQ(ended_->retry, retry);
    EXPECT_THAT(ended_->failure.cause(), HasSubstr("the server's own words"));
  }
}

TEST_F(LiveKitOutputTest, PublishesWithTheNamesOfItsOwner) {
  Publish();
  EXPECT_THAT(events_, ElementsAre("joined", "published"));
  ASSERT_TRUE(output_.has_video());
  const livekit::VideoTrackOptions& video = room_->video_track->options;
  EXPECT_EQ(video.name, "screen");
  EXPECT_EQ(video.source, ::livekit::SCREEN_SHARE);
  ASSERT_EQ(video.layers.size(), 3U);
  EXPECT_EQ(video.layers[1].quality, ::livekit::MEDIUM);
  EXPECT_EQ(video.layers[1].width, 640U);
  EXPECT_EQ(video.layers[1].bitrate, 670'000U);
  ASSERT_TRUE(output_.has_audio());
  const livekit::AudioTrackOptions& audio = room_->audio_track->options;
  EXPECT_EQ(audio.name, "voice");
  EXPECT_FALSE(audio.stereo);
  EXPECT_FALSE(audio.dtx);
  EXPECT_EQ(audio.bitrate, 64'000U);
}

TEST_F(LiveKitOutputTest, EndsWhenTracksAreRefused) {
  room_->publish_result = Fail(ErrorCode::kUnauthorized, "publish: not allowed");
  Publish();
  EXPECT_THAT(events_, ElementsAre("joined", "ended"));
  EXPECT_EQ(ended_->failure.code(), FailureCode::kRoomRefusedToken);
}

TEST_F(LiveKitOutputTest, TellsOfDemandByTheLayersOfTheTrackThatIsPublished) {
  Publish();
  room_->callbacks.on_subscribed_quality({{::livekit::LOW, true}, {::livekit::MEDIUM, true}});
  EXPECT_THAT(demand_, ElementsAre(true, true, false));
  output_.ReplaceVideo({.layers = {{.quality = LayerQuality::kHigh}}});
  room_->callbacks.on_subscribed_quality({{::livekit::LOW, true}});
  EXPECT_THAT(demand_, ElementsAre(true));
  Run();
  EXPECT_THAT(events_, ElementsAre("joined", "published", "published"));
}

TEST_F(LiveKitOutputTest, TellsOfTheUplinkAndWhenItIsUnlimited) {
  room_->callbacks.on_uplink(800'000);
  EXPECT_EQ(uplink_, 800'000U);
  room_->callbacks.on_uplink(livekit::Room::kUnlimited);
  EXPECT_EQ(uplink_, std::nullopt);
}

TEST_F(LiveKitOutputTest, PassesOnWhatTheRoomAsks) {
  room_->callbacks.on_key_frame_request(2);
  room_->callbacks.on_audience(true);
  room_->callbacks.on_transport_ready();
  EXPECT_THAT(events_, ElementsAre("key frame of 2", "audience", "transport ready"));
}

TEST_F(LiveKitOutputTest, SendsNothingOfATrackThatIsNotPublished) {
  output_.SendVideo(0, {.payload = {}, .pts = 1ms}, {});
  output_.SendAudio({.payload = {}, .pts = 1ms}, 10, {});
  output_.SetVideoMuted(true);
  output_.SetAudioMuted(true);
  output_.RenewLayers();
  Publish();
  EXPECT_THAT(room_->video_track->sent, IsEmpty());
  EXPECT_FALSE(room_->video_track->muted);
}

TEST_F(LiveKitOutputTest, SendsEachFrameWithItsOffset) {
  Publish();
  output_.SendVideo(1, {.payload = {}, .pts = 40ms}, 5ms);
  output_.SendAudio({.payload = {}, .pts = 20ms}, 33, 7ms);
  EXPECT_THAT(room_->video_track->sent, ElementsAre(Pair(1, SessionTime(40ms))));
  EXPECT_THAT(room_->video_track->offsets, ElementsAre(Pair(1, SessionTime(5ms))));
  EXPECT_THAT(room_->audio_track->sent, ElementsAre(Pair(SessionTime(20ms), 33)));
  EXPECT_EQ(room_->audio_track->offset, SessionTime(7ms));
}

TEST_F(LiveKitOutputTest, MutesRenewsAndRenames) {
  Publish();
  output_.SetVideoMuted(true);
  output_.SetAudioMuted(true);
  output_.RenewLayers();
  output_.SetParticipant("Ada", "{}");
  EXPECT_TRUE(room_->video_track->muted);
  EXPECT_TRUE(room_->audio_track->muted);
  EXPECT_EQ(room_->video_track->renewals, 1);
  EXPECT_THAT(room_->participant, Pair("Ada", "{}"));
}

TEST_F(LiveKitOutputTest, CountsWhatEachLayerHasSent) {
  Publish();
  room_->video_track->counters = {{.packets = 1}, {.packets = 2, .key_frame_requests = 4}};
  room_->audio_track->counters = {.packets = 3, .fraction_lost = 0.25};
  room_->refused_packets = {.packets = 5, .why = "index"};
  const Stats stats = output_.stats();
  ASSERT_EQ(stats.layers.size(), 2U);
  EXPECT_EQ(stats.layers[1].packets, 2U);
  EXPECT_EQ(stats.layers[1].key_frame_requests, 4U);
  ASSERT_TRUE(stats.audio.has_value());
  EXPECT_EQ(stats.audio->fraction_lost, 0.25);
  EXPECT_EQ(stats.refused, 5U);
  EXPECT_EQ(stats.why_refused, "index");
}

TEST_F(LiveKitOutputTest, NamesTheTracksThatTheServerHasNamed) {
  Publish();
  EXPECT_THAT(output_.tracks(), IsEmpty());
  room_->video_track->track_info.set_sid("TR_V");
  ASSERT_EQ(output_.tracks().size(), 1U);
  EXPECT_EQ(output_.tracks()[0].sid(), "TR_V");
}

TEST_F(LiveKitOutputTest, ALostRoomEndsItAndSaysWhetherToTryAgain) {
  Publish();
  room_->callbacks.on_disconnected(
      {.reason = ::livekit::SERVER_SHUTDOWN, .retryable = true, .detail = {}});
  ASSERT_TRUE(ended_.has_value());
  EXPECT_EQ(ended_->failure.code(), FailureCode::kRoomServerShutdown);
  EXPECT_EQ(ended_->retry, Retry::kWhileAway);
  room_->callbacks.on_disconnected(
      {.reason = ::livekit::PARTICIPANT_REMOVED, .retryable = false, .detail = {}});
  EXPECT_EQ(ended_->failure.code(), FailureCode::kParticipantRemoved);
  EXPECT_EQ(ended_->retry, Retry::kNever);
}

TEST_F(LiveKitOutputTest, IsSilentAfterItWasLeft) {
  Publish();
  output_.Leave();
  room_->callbacks.on_disconnected({});
  Run();
  EXPECT_THAT(events_, ElementsAre("joined", "published", "left"));
}

TEST_F(LiveKitOutputTest, CanBeLeftWhileItJoins) {
  output_.Join();
  output_.Leave();
  Run();
  EXPECT_THAT(events_, ElementsAre("left"));
}

}  // namespace
}  // namespace ingress::output
