// Which route a stream takes, and what viewers get on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/video/testing/pipeline_rig.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::PipelineRig;

constexpr std::size_t kLow = 0;
constexpr std::size_t kMiddle = 1;
constexpr std::size_t kTop = 2;

TEST(VideoPipelineRouteTest, ASingleLayerIsTheSourcesOwnPictures) {
  PipelineRig rig({.encoding = PipelineRig::Encoding({720})});
  rig.gop = 2s;
  rig.Begin(1);
  rig.Run(10s);
  EXPECT_EQ(rig.pipeline->route(), Route::kPassThrough);
  EXPECT_EQ(rig.Feeds(0), "source");
  EXPECT_EQ(rig.CountOf(0, 5s), 125U) << "every picture";
  EXPECT_EQ(rig.transcoder.starts, 0) << "nothing is decoded";
}

TEST(VideoPipelineRouteTest, LowerLayersThatAreWatchedAreEncodedBesideTheSource) {
  PipelineRig rig;
  rig.gop = 2s;
  rig.Begin(3);
  rig.Run(10s);
  EXPECT_EQ(rig.pipeline->route(), Route::kHybrid);
  EXPECT_EQ(rig.Feeds(kTop), "source");
  EXPECT_EQ(rig.Feeds(kMiddle), "encoder");
  EXPECT_EQ(rig.Feeds(kLow), "encoder");
  for (const std::size_t layer : {kLow, kMiddle, kTop}) EXPECT_EQ(rig.CountOf(layer, 5s), 125U);
  EXPECT_EQ(rig.transcoder.active, (std::vector<bool>{true, true, false}));
}

TEST(VideoPipelineRouteTest, LayersOfOnePictureLeaveTogether) {
  PipelineRig rig;
  rig.transcoder.latency = 30ms;
  rig.Begin(3);
  rig.Run(3s);
  rig.sent.clear();
  rig.Run(2s);
  for (std::size_t i = 0; i + 2 < rig.sent.size(); i += 3) {
    EXPECT_EQ(rig.sent[i].pts, rig.sent[i + 2].pts);
    EXPECT_EQ(rig.sent[i].at, rig.sent[i + 2].at);
  }
}

TEST(VideoPipelineRouteTest, ASourcePictureWaitsForALateLayerNoLongerThanItsLimit) {
  PipelineRig rig;
  rig.transcoder.latency = 200ms;
  rig.Begin(3);
  rig.Run(3s);
  rig.sent.clear();
  rig.Run(2s);
  ASSERT_EQ(rig.SentOf(kTop).size(), 50U);
  for (const PipelineRig::Sent& frame : rig.SentOf(kTop)) {
    EXPECT_LE(frame.at - frame.pts, LayerSplicer::kMaxSiblingWait);
  }
}

TEST(VideoPipelineRouteTest, OnlyWhatIsWatchedIsEncoded) {
  PipelineRig rig;
  rig.Begin(1);
  rig.Run(5s);
  EXPECT_EQ(rig.CountOf(kLow, 2s), 50U);
  EXPECT_EQ(rig.CountOf(kMiddle, 2s) + rig.CountOf(kTop, 2s), 0U);
  EXPECT_EQ(rig.transcoder.active, (std::vector<bool>{true, false, false}));
}

TEST(VideoPipelineRouteTest, NothingIsDecodedOrSentWhileNobodyWatches) {
  PipelineRig rig;
  rig.Begin(3);
  rig.Run(5s);
  rig.Watch(0);
  rig.Run(100ms);
  rig.sent.clear();
  rig.Run(20s);
  EXPECT_EQ(rig.pipeline->route(), Route::kIdle);
  EXPECT_TRUE(rig.sent.empty());
  EXPECT_FALSE(rig.transcoder.running);
  rig.Watch(3);
  rig.Run(1s);
  for (const std::size_t layer : {kLow, kMiddle, kTop}) {
    ASSERT_FALSE(rig.SentOf(layer).empty());
    EXPECT_TRUE(rig.SentOf(layer).front().key_frame);
  }
  EXPECT_THAT(rig.enabled, ::testing::ElementsAre(kLow, kMiddle, kTop))
      << "the SFU takes each for a new layer";
}

TEST(VideoPipelineRouteTest, AViewerWhoWasAwayForOnePictureGetsNoneThatRefersToIt) {
  PipelineRig rig;
  rig.transcoder.latency = 30ms;
  rig.Begin(3);
  rig.RunToKeyFrame();
  rig.Run(2s);  // too long ago to be sent again
  rig.sent.clear();
  rig.Run(PipelineRig::kTick);  // a picture comes, and waits for the lower layers
  ASSERT_TRUE(rig.pipeline->departure());
  rig.Watch(2);
  rig.Run(rig.transcoder.latency);
  ASSERT_TRUE(rig.SentOf(kTop).empty());
  rig.Watch(3);
  rig.Run(2s);
  ASSERT_FALSE(rig.SentOf(kTop).empty());
  EXPECT_TRUE(rig.SentOf(kTop).front().key_frame);
}

TEST(VideoPipelineRouteTest, AViewerWhoLeavesForAMomentEndsNoTranscoder) {
  PipelineRig rig;
  rig.Begin(3);
  rig.Run(5s);
  rig.Watch(0);
  rig.Run(1s);
  rig.Watch(3);
  rig.Run(1s);
  EXPECT_EQ(rig.transcoder.starts, 1);
}

/// Why every layer of a stream has to be encoded.
struct Reason {
  const char* name;
  const char* said;  // in the reason
  void (*prepare)(VideoPipeline::Options& options);
  void (*send)(PipelineRig& rig);
};

void SendBFrames(PipelineRig& rig) { rig.b_frames = true; }
void SendTooMuch(PipelineRig& rig) { rig.frame_size = 20'000; }
void SendNoKeyFrames(PipelineRig& rig) { rig.gop = 1h; }
void SendAsUsual(PipelineRig&) {}
void AskForNothing(VideoPipeline::Options&) {}
void TranscodeAlways(VideoPipeline::Options& options) {
  options.media.transcoding = Transcoding::kAlways;
}
void AskForBaseline(VideoPipeline::Options& options) {
  options.encoding.codec = RequestedVideoCodec::kH264Baseline;
}
void AskForVp8(VideoPipeline::Options& options) {
  options.encoding.codec = RequestedVideoCodec::kVp8;
}

class LadderTest : public ::testing::TestWithParam<Reason> {};

TEST_P(LadderTest, EveryLayerIsEncodedAndTheReasonIsSaid) {
  VideoPipeline::Options options{.encoding = PipelineRig::Encoding()};
  GetParam().prepare(options);
  PipelineRig rig(options);
  GetParam().send(rig);
  rig.Begin(3);
  rig.Run(30s);
  EXPECT_EQ(rig.pipeline->route(), Route::kLadder);
  EXPECT_THAT(rig.pipeline->route_reason(), HasSubstr(GetParam().said));
  EXPECT_EQ(rig.transcoder.active, (std::vector<bool>{true, true, true}));
  rig.sent.clear();
  rig.Run(2s);
  for (const std::size_t layer : {kLow, kMiddle, kTop}) {
    EXPECT_EQ(rig.Feeds(layer), "encoder");
    EXPECT_EQ(rig.SentOf(layer).size(), 50U);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, LadderTest,
    ::testing::Values(Reason{"BFrames", "B-frames", AskForNothing, SendBFrames},
                      Reason{"Bitrate", "may pass", AskForNothing, SendTooMuch},
                      Reason{"LongGop", "no key frame", AskForNothing, SendNoKeyFrames},
                      Reason{"Profile", "baseline", AskForBaseline, SendAsUsual},
                      Reason{"Vp8", "VP8", AskForVp8, SendAsUsual},
                      Reason{"Always", "always", TranscodeAlways, SendAsUsual}),
    [](const auto& info) { return info.param.name; });

TEST(VideoPipelineRouteTest, ASourceThatSendsTooMuchIsPassedOnUntilTheEncoderIsReady) {
  PipelineRig rig({.encoding = PipelineRig::Encoding({720})});
  rig.gop = 2s;
  rig.Begin(1);
  rig.Run(3s);
  rig.frame_size = 20'000;
  rig.transcoder.latency = 300ms;
  rig.sent.clear();
  rig.Run(6s);
  EXPECT_EQ(rig.Feeds(0), "source encoder");
  EXPECT_LE(rig.LongestGap(0), 400ms);
}

TEST(VideoPipelineRouteTest, ASourceThatFitsAgainReturnsAtAKeyFrameOfItsOwnAfterAWhile) {
  PipelineRig rig({.encoding = PipelineRig::Encoding({720})});
  rig.gop = 2s;
  rig.frame_size = 20'000;
  rig.Begin(1);
  rig.Run(10s);
  ASSERT_EQ(rig.pipeline->route(), Route::kLadder);
  rig.sent.clear();
  rig.frame_size = 2'000;
  rig.Run(RouteSelector::kEligibleFor);
  EXPECT_EQ(rig.Feeds(0), "encoder") << "not at once";
  rig.Run(7s);
  EXPECT_EQ(rig.Feeds(0), "encoder source");
  EXPECT_EQ(rig.pipeline->route(), Route::kPassThrough);
  EXPECT_LE(rig.LongestGap(0), 100ms) << "no picture is lost on the way";
  rig.Run(KeyFramePolicy::kKeepWarm + TranscoderLifetime::kKeepUnneeded + 1s);
  EXPECT_FALSE(rig.transcoder.running);
}

TEST(VideoPipelineRouteTest, WithoutTranscodingTheSourceIsTheOnlyLayer) {
  PipelineRig rig(
      {.encoding = PipelineRig::Encoding(), .media = {.transcoding = Transcoding::kNever}});
  rig.gop = 2s;
  rig.frame_size = 20'000;
  rig.Begin(3);
  rig.Run(10s);
  ASSERT_EQ(rig.pipeline->layers().size(), 1U);
  EXPECT_EQ(rig.pipeline->route(), Route::kPassThrough) << "whatever its bitrate";
  EXPECT_EQ(rig.CountOf(0, 5s), 125U);
  EXPECT_EQ(rig.transcoder.starts, 0);
}

TEST(VideoPipelineRouteTest, WithoutTranscodingAStreamThatViewersCannotDecodeEndsTheSession) {
  PipelineRig rig(
      {.encoding = PipelineRig::Encoding(), .media = {.transcoding = Transcoding::kNever}});
  rig.b_frames = true;
  rig.Begin(3);
  rig.Run(3s);
  ASSERT_FALSE(rig.result);
  EXPECT_EQ(rig.result.error().code, ErrorCode::kConflict);
  EXPECT_THAT(rig.result.error().context, HasSubstr("B-frames"));
}

TEST(VideoPipelineRouteTest, PicturesBehindTheLiveEdgeAreDecodedAndNotSent) {
  PipelineRig rig;
  rig.gop = 2s;
  rig.Begin(3);
  rig.Run(5s);
  rig.live = false;
  rig.Run(100ms);  // what was under way
  rig.sent.clear();
  rig.Run(1s);
  EXPECT_TRUE(rig.sent.empty());
  const std::size_t pushed = rig.transcoder.pushed;
  rig.live = true;
  rig.Run(3s);
  EXPECT_GT(rig.transcoder.pushed, pushed);
  for (const std::size_t layer : {kLow, kMiddle, kTop}) EXPECT_EQ(rig.CountOf(layer, 1s), 25U);
}

}  // namespace
}  // namespace ingress::pipeline
