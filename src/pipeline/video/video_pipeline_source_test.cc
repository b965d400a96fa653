// What becomes of a track when its source changes, and before anybody watches it.
#include <gtest/gtest.h>

#include "pipeline/video/testing/pipeline_rig.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::PipelineRig;

constexpr std::size_t kLow = 0;
constexpr std::size_t kTop = 2;

TEST(VideoPipelineSourceTest, LayersAreKnownWithTheFirstFormat) {
  PipelineRig rig;
  EXPECT_FALSE(rig.pipeline->ready());
  rig.SendConfig();
  ASSERT_TRUE(rig.pipeline->ready());
  ASSERT_EQ(rig.pipeline->layers().size(), 3U);
  EXPECT_EQ(rig.pipeline->layers().back().height, 720U);
}

TEST(VideoPipelineSourceTest, ASourceThatGrowsIsToBePublishedAnewAtItsKeyFrame) {
  PipelineRig rig({.encoding = PipelineRig::Encoding({360, 720, 1080})});
  rig.gop = 2s;
  rig.Begin(2);
  rig.Run(3s);
  ASSERT_EQ(rig.pipeline->layers().size(), 2U) << "none is larger than the source";
  rig.sps = PipelineRig::kFullHdSps;
  rig.Reconnect();
  const SessionTime grown_at = rig.session_time();
  while (!rig.pipeline->outgrown(rig.now()) && rig.session_time() - grown_at < 10s) {
    rig.Run(PipelineRig::kTick);
  }
  ASSERT_TRUE(rig.pipeline->outgrown(rig.now()));
  EXPECT_GE(rig.session_time() - grown_at, SourceGrowth::kStays) << "not for a moment's size";
  rig.RenewLayers();
  EXPECT_EQ(rig.pipeline->layers().back().height, 1080U);
  rig.Watch(3);
  rig.sent.clear();
  rig.Run(4s);
  for (const std::size_t layer : {0U, 1U, 2U}) EXPECT_EQ(rig.CountOf(layer, 1s), 25U);
  EXPECT_EQ(rig.Feeds(2), "source");
  EXPECT_FALSE(rig.pipeline->outgrown(rig.now()));
}

TEST(VideoPipelineSourceTest, ASourceThatGrowsAndSendsNoKeyFramesIsToldOf) {
  PipelineRig rig({.encoding = PipelineRig::Encoding({360, 720, 1080})});
  rig.gop = 19s;
  rig.Begin(2);
  rig.Run(1s);
  rig.sps = PipelineRig::kFullHdSps;
  rig.Reconnect();
  rig.Run(SourceGrowth::kStays + SourceGrowth::kOverdue + 100ms);
  EXPECT_FALSE(rig.pipeline->outgrown(rig.now()));
  EXPECT_TRUE(rig.pipeline->outgrown_in_vain(rig.now()));
}

TEST(VideoPipelineSourceTest, AnotherConnectionOfTheEncoderGoesOnWithItsKeyFrame) {
  PipelineRig rig;
  rig.Begin(3);
  rig.Run(5s);
  rig.Pause();
  rig.Run(2s);
  rig.sent.clear();
  rig.Reconnect();
  rig.Resume();
  rig.Run(2s);
  for (const std::size_t layer : {kLow, kTop}) {
    ASSERT_FALSE(rig.SentOf(layer).empty());
    EXPECT_GE(rig.CountOf(layer, 1s), 24U);
  }
  EXPECT_TRUE(rig.SentOf(kTop).front().key_frame);
}

TEST(VideoPipelineSourceTest, AnotherSizeOfTheSourceKeepsTheLayersAndEncodesTheHighest) {
  PipelineRig rig;
  rig.gop = 2s;
  rig.Begin(3);
  rig.Run(5s);
  rig.sps = PipelineRig::kFullHdSps;
  rig.Reconnect();
  rig.Run(3s);
  EXPECT_EQ(rig.pipeline->route(), Route::kLadder);
  EXPECT_EQ(rig.transcoder.options.layers.back().height, 720);
  EXPECT_EQ(rig.CountOf(kTop, 1s), 25U);
}

TEST(VideoPipelineSourceTest, InARoomWithoutH264ViewersGetVp8) {
  PipelineRig rig;
  rig.SendConfig();
  rig.pipeline->UseVp8(rig.now());
  EXPECT_EQ(rig.pipeline->output_codec(), VideoCodec::kVp8);
  rig.Begin(3);
  rig.Run(3s);
  EXPECT_EQ(rig.transcoder.options.output, VideoCodec::kVp8);
  EXPECT_EQ(rig.Feeds(kTop), "encoder");
}

/// A track that is published into an empty room.
class VideoPipelineAnnouncementTest : public ::testing::Test {
 protected:
  static void Publish(PipelineRig& rig) {
    rig.gop = 2s;
    rig.SendConfig();
    rig.Run(1s);
    rig.pipeline->OnAudience(false, rig.now());
    rig.pipeline->OnTransportReady(rig.now());
  }
};

TEST_F(VideoPipelineAnnouncementTest, OnePictureOfTheSourceASecondMakesTheTrackKnown) {
  PipelineRig rig;
  Publish(rig);
  rig.Run(4500ms);
  EXPECT_EQ(rig.SentOf(kTop).size(), 5U);
  EXPECT_EQ(rig.KeyFramesOf(kTop), 5U);
  EXPECT_EQ(rig.Feeds(kTop), "source");
  EXPECT_TRUE(rig.SentOf(kLow).empty());
  EXPECT_EQ(rig.transcoder.starts, 0);
  EXPECT_EQ(rig.pipeline->route(), Route::kIdle);
}

TEST_F(VideoPipelineAnnouncementTest, ItEndsWhenTheServerSaysWhoWatches) {
  PipelineRig rig;
  Publish(rig);
  rig.Run(2s);
  rig.Watch(0);
  rig.sent.clear();
  rig.Run(10s);
  EXPECT_TRUE(rig.sent.empty());
}

TEST_F(VideoPipelineAnnouncementTest, TheFirstViewerGoesOnBehindIt) {
  PipelineRig rig;
  Publish(rig);
  rig.Run(3500ms);
  rig.pipeline->OnAudience(true, rig.now());
  rig.Watch(3);
  rig.Run(2s);
  EXPECT_EQ(rig.CountOf(kTop, 1s), 25U);
  EXPECT_EQ(rig.CountOf(kLow, 1s), 25U);
}

TEST_F(VideoPipelineAnnouncementTest, WhereViewersCannotDecodeTheSourceTheEncoderMakesOnePicture) {
  PipelineRig rig(
      {.encoding = PipelineRig::Encoding(), .media = {.transcoding = Transcoding::kAuto}});
  rig.sps = PipelineRig::kFullHdSps;  // larger than the highest layer
  Publish(rig);
  rig.Run(4500ms);
  EXPECT_EQ(rig.transcoder.starts, 1);
  EXPECT_FALSE(rig.transcoder.running) << "for that one only";
  EXPECT_EQ(rig.Feeds(kTop), "encoder");
  EXPECT_EQ(rig.SentOf(kTop).size(), 5U) << "it is sent again";
  EXPECT_EQ(rig.KeyFramesOf(kTop), 5U);
}

TEST_F(VideoPipelineAnnouncementTest, AServerThatNeverSaysWhoWatchesIsSentEverything) {
  PipelineRig rig;
  Publish(rig);
  rig.Run(Announcement::kRepeatFor + 2s);
  EXPECT_EQ(rig.CountOf(kTop, 1s), 25U);
  EXPECT_EQ(rig.CountOf(kLow, 1s), 25U);
}

TEST_F(VideoPipelineAnnouncementTest,
       TheFirstViewersOfALadderSeeItsFirstPictureBeforeTheEncoderIsReady) {
  PipelineRig rig({.encoding = PipelineRig::Encoding({720})});
  rig.b_frames = true;
  rig.transcoder.latency = 400ms;
  rig.gop = 10s;
  rig.SendConfig();
  rig.Run(200ms);
  rig.Begin(1);
  rig.Run(200ms);
  ASSERT_FALSE(rig.sent.empty());
  EXPECT_EQ(rig.Feeds(0), "source");
  EXPECT_EQ(rig.KeyFramesOf(0), rig.sent.size()) << "key frames only";
  rig.Run(2s);
  EXPECT_EQ(rig.Feeds(0), "source encoder");
}

}  // namespace
}  // namespace ingress::pipeline
