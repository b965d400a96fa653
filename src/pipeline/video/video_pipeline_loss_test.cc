// What viewers get when the transcoder dies, hangs, or cannot be started.
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

VideoPipeline::Options Ladder() {
  return {.encoding = PipelineRig::Encoding(), .media = {.transcoding = Transcoding::kAlways}};
}

/// Three seconds into a long GOP, with a bridge that has run for one.
class VideoPipelineBridgeLossTest : public ::testing::Test {
 protected:
  VideoPipelineBridgeLossTest() {
    rig_.Begin(1);
    rig_.RunToKeyFrame();
    rig_.RunToKeyFrame();
    rig_.Run(3s);
    rig_.RequestKeyFrame(0);
    rig_.Run(1s);
    EXPECT_EQ(rig_.pipeline->route(), Route::kBridge);
    rig_.sent.clear();
  }

  PipelineRig rig_{{.encoding = PipelineRig::Encoding({720})}};
};

TEST_F(VideoPipelineBridgeLossTest, AnotherBridgeBeginsAtOnce) {
  rig_.transcoder.Break();
  rig_.Run(1s);
  EXPECT_FALSE(rig_.error);
  EXPECT_EQ(rig_.transcoder.starts, 2);
  EXPECT_EQ(rig_.Feeds(0), "encoder");
  ASSERT_FALSE(rig_.sent.empty());
  EXPECT_TRUE(rig_.sent.front().key_frame);
  EXPECT_LE(rig_.sent.front().pts, rig_.session_time() - 800ms);
  rig_.RunToKeyFrame();
  EXPECT_EQ(rig_.Feeds(0), "encoder source");
}

TEST_F(VideoPipelineBridgeLossTest, WhenThatBreaksTooTheSourceGoesOnAtItsNextKeyFrame) {
  rig_.transcoder.Break();
  rig_.Run(1s);
  rig_.transcoder.Break();
  rig_.sent.clear();
  rig_.Run(2s);
  EXPECT_TRUE(rig_.sent.empty()) << "what comes cannot be decoded alone";
  rig_.RunToKeyFrame();
  rig_.Run(1s);
  EXPECT_FALSE(rig_.error);
  EXPECT_EQ(rig_.Feeds(0), "source");
  EXPECT_EQ(rig_.CountOf(0, 1s), 25U);
}

TEST(VideoPipelineLossTest, BesideTheSourceTheLowerLayersBeginAnewAndTheHighestGoesOn) {
  PipelineRig rig;
  rig.gop = 2s;
  rig.Begin(3);
  rig.Run(5s);
  rig.sent.clear();
  rig.transcoder.Break();
  rig.Run(2s);
  EXPECT_EQ(rig.transcoder.starts, 2);
  EXPECT_EQ(rig.Feeds(kTop), "source");
  EXPECT_EQ(rig.SentOf(kTop).size(), 50U) << "nobody notices";
  for (const std::size_t layer : {kLow, kMiddle}) {
    ASSERT_FALSE(rig.SentOf(layer).empty());
    EXPECT_TRUE(rig.SentOf(layer).front().key_frame);
    EXPECT_LE(rig.SentOf(layer).front().at - rig.sent.front().at, 200ms);
  }
}

TEST(VideoPipelineLossTest, InTheLadderEveryLayerBeginsAnewWithAKeyFrame) {
  PipelineRig rig(Ladder());
  rig.gop = 2s;
  rig.Begin(3);
  rig.Run(5s);
  rig.sent.clear();
  rig.transcoder.Break();
  rig.Run(1s);
  EXPECT_FALSE(rig.error);
  for (const std::size_t layer : {kLow, kMiddle, kTop}) {
    ASSERT_FALSE(rig.SentOf(layer).empty());
    EXPECT_TRUE(rig.SentOf(layer).front().key_frame);
    EXPECT_EQ(rig.CountOf(layer, 800ms), 20U);
  }
}

TEST(VideoPipelineLossTest, AfterASecondLossItGoesOnWithTheNextKeyFrameOfTheSource) {
  PipelineRig rig(Ladder());
  rig.gop = 4s;
  rig.Begin(3);
  rig.RunToKeyFrame();
  rig.Run(1s);
  rig.transcoder.Break();
  rig.Run(500ms);
  ASSERT_EQ(rig.transcoder.starts, 2);
  rig.transcoder.Break();  // perhaps a picture of this GOP does that
  rig.Run(1s);
  EXPECT_EQ(rig.transcoder.starts, 2);
  rig.Run(2s);
  EXPECT_EQ(rig.transcoder.starts, 3);
  EXPECT_EQ(rig.CountOf(kTop, 400ms), 10U);
}

TEST(VideoPipelineLossTest, OneThatKeepsBreakingEndsTheSession) {
  PipelineRig rig(Ladder());
  rig.gop = 1s;
  rig.Begin(3);
  for (int i = 0; i < TranscoderLifetime::kMaxRestarts; ++i) {
    rig.Run(5s);
    rig.transcoder.Break();
    ASSERT_FALSE(rig.error);
  }
  rig.Run(5s);
  rig.transcoder.Break("out of memory");
  ASSERT_TRUE(rig.error);
  EXPECT_THAT(rig.error->context, HasSubstr("out of memory"));
}

TEST(VideoPipelineLossTest, OneThatLacksItsEncoderIsNotTriedAgain) {
  PipelineRig rig(Ladder());
  rig.Begin(3);
  rig.Run(1s);
  rig.transcoder.Break("no element x264enc", ErrorCode::kNotFound);
  ASSERT_TRUE(rig.error);
  EXPECT_EQ(rig.error->code, ErrorCode::kNotFound);
}

TEST(VideoPipelineLossTest, LossesThatAreFarApartAreForgiven) {
  PipelineRig rig(Ladder());
  rig.gop = 1s;
  rig.Begin(3);
  for (int i = 0; i < 4 * TranscoderLifetime::kMaxRestarts; ++i) {
    rig.Run(TranscoderLifetime::kRestartWindow / 2);
    rig.transcoder.Break();
    ASSERT_FALSE(rig.error);
  }
  rig.Run(2s);
  EXPECT_EQ(rig.CountOf(kTop, 800ms), 20U);
}

TEST(VideoPipelineLossTest, OneThatHangsIsReplaced) {
  PipelineRig rig(Ladder());
  rig.gop = 1s;
  rig.Begin(3);
  rig.Run(5s);
  rig.transcoder.hung = true;
  rig.Run(TranscoderLifetime::kHungAfter);
  EXPECT_EQ(rig.transcoder.discards, 0);
  rig.Run(50ms);
  EXPECT_EQ(rig.transcoder.discards, 1);
  rig.transcoder.hung = false;
  rig.Run(30s);  // it looked like too much load before
  EXPECT_EQ(rig.transcoder.starts, 2);
  EXPECT_EQ(rig.CountOf(kTop, 800ms), 20U);
}

TEST(VideoPipelineLossTest, OneThatCannotBeStartedIsAnErrorOfTheSession) {
  PipelineRig rig(Ladder());
  rig.transcoder.startable = false;
  rig.Begin(3);
  rig.Run(1s);
  ASSERT_FALSE(rig.result);
  EXPECT_EQ(rig.result.error().code, ErrorCode::kInternal);
}

TEST(VideoPipelineLossTest, OneThatIsStartedAgainBetweenTwoPicturesGivesNoneTwice) {
  PipelineRig rig(Ladder());
  rig.gop = 2s;
  rig.Begin(3);
  rig.Run(5s);
  rig.Run(20ms);  // the newest picture has come out
  rig.transcoder.Break();
  rig.Watch(2);
  ASSERT_EQ(rig.transcoder.starts, 2);
  const SessionTime newest = rig.SentOf(kLow).back().pts;
  rig.sent.clear();
  rig.Run(500ms);
  ASSERT_FALSE(rig.SentOf(kLow).empty());
  EXPECT_GT(rig.SentOf(kLow).front().pts, newest);
}

TEST(VideoPipelineLossTest, FramesOfBeforeALayerWasSwitchedOffNeverPassForItsNewStream) {
  PipelineRig rig;
  rig.Begin(3);
  rig.Run(5s);
  rig.Watch(1);
  rig.Run(200ms);
  rig.sent.clear();
  rig.transcoder.Give(kMiddle, rig.session_time() - 300ms, false);
  EXPECT_TRUE(rig.sent.empty()) << "nobody watches it";
  rig.Watch(2);
  rig.transcoder.Give(kMiddle, rig.session_time() - 290ms, false);
  EXPECT_TRUE(rig.SentOf(kMiddle).empty()) << "it refers to what nobody got";
  rig.Run(500ms);
  ASSERT_FALSE(rig.SentOf(kMiddle).empty());
  EXPECT_TRUE(rig.SentOf(kMiddle).front().key_frame);
}

TEST(VideoPipelineLossTest, FramesOfBeforeABridgeNeverPassForIt) {
  PipelineRig rig;
  rig.Begin(3);
  rig.RunToKeyFrame();
  rig.RunToKeyFrame();
  rig.Run(3s);
  rig.RequestKeyFrame(kTop);
  rig.RunToKeyFrame();
  rig.Run(1s);  // the bridge is over, and the encoder of the layer off
  rig.sent.clear();
  rig.transcoder.latency = 60ms;
  rig.Run(1s);
  rig.RequestKeyFrame(kTop);
  rig.Run(40ms);
  rig.transcoder.Give(kTop, rig.session_time() - 500ms, true);
  rig.Run(2s);
  EXPECT_EQ(rig.Feeds(kTop), "source encoder");
}

}  // namespace
}  // namespace ingress::pipeline
