// How viewers who need a key frame get one.
#include <gtest/gtest.h>

#include "pipeline/video/testing/pipeline_rig.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::PipelineRig;

constexpr std::size_t kTop = 0;

/// A stream of one layer, passed through, whose viewers have all begun long ago.
class VideoPipelineKeyFrameTest : public ::testing::Test {
 protected:
  explicit VideoPipelineKeyFrameTest(bool source_answers = false)
      : rig_({.encoding = PipelineRig::Encoding({720})}, source_answers) {
    rig_.Begin(1);
  }

  /// Into a GOP, so far behind its key frame; the source has had two before.
  void RunInto(SessionTime age) {
    rig_.RunToKeyFrame();
    rig_.RunToKeyFrame();
    rig_.RunToKeyFrame();
    rig_.Run(age);
    ASSERT_EQ(rig_.pipeline->route(), Route::kPassThrough);
    rig_.sent.clear();
    asked_at_ = rig_.session_time();
  }
  /// From the request to the first key frame.
  SessionTime Waited() const {
    for (const PipelineRig::Sent& frame : rig_.sent) {
      if (frame.key_frame) return frame.at - asked_at_;
    }
    return SessionTime::max();
  }

  PipelineRig rig_;
  SessionTime asked_at_{};
};

TEST_F(VideoPipelineKeyFrameTest, ThreeSecondsIntoALongGopABridgeCarriesTheLayerToTheNextIdr) {
  RunInto(3s);
  rig_.RequestKeyFrame(kTop);
  rig_.Run(500ms);
  EXPECT_LE(Waited(), 150ms);
  EXPECT_EQ(rig_.Feeds(kTop), "source encoder");
  EXPECT_EQ(rig_.pipeline->route(), Route::kBridge);
  rig_.Run(8s);
  EXPECT_EQ(rig_.Feeds(kTop), "source encoder source");
  EXPECT_EQ(rig_.pipeline->route(), Route::kPassThrough);
  EXPECT_EQ(rig_.KeyFramesOf(kTop), 2U) << "the encoder's first and the source's next";
  EXPECT_LE(rig_.LongestGap(kTop), 100ms);
}

TEST_F(VideoPipelineKeyFrameTest, ABridgeLooksNoWorseThanTheSource) {
  rig_.frame_size = 8'000;
  RunInto(3s);
  rig_.RequestKeyFrame(kTop);
  rig_.Run(500ms);
  EXPECT_GT(rig_.transcoder.bitrates.at(kTop), 8'000 * 8 * 25);
}

TEST_F(VideoPipelineKeyFrameTest, TheNextViewerAfterABridgeHardlyWaits) {
  RunInto(3s);
  rig_.RequestKeyFrame(kTop);
  rig_.RunToKeyFrame();
  rig_.Run(2s);
  ASSERT_EQ(rig_.pipeline->route(), Route::kPassThrough);
  rig_.sent.clear();
  asked_at_ = rig_.session_time();
  rig_.RequestKeyFrame(kTop);
  rig_.Run(1s);
  EXPECT_LE(Waited(), 80ms);
  EXPECT_EQ(rig_.transcoder.starts, 1) << "the decoder had followed";
}

TEST_F(VideoPipelineKeyFrameTest, TheTranscoderEndsWhenNoViewerAsksAnyMore) {
  RunInto(3s);
  rig_.RequestKeyFrame(kTop);
  rig_.RunToKeyFrame();
  rig_.Run(KeyFramePolicy::kKeepWarm + TranscoderLifetime::kKeepUnneeded + 100ms);
  EXPECT_FALSE(rig_.transcoder.running);
  EXPECT_EQ(rig_.transcoder.discards, 0);
}

TEST_F(VideoPipelineKeyFrameTest, RequestsDuringABridgeGoToTheEncoder) {
  RunInto(3s);
  rig_.RequestKeyFrame(kTop);
  rig_.Run(2s);
  ASSERT_EQ(rig_.pipeline->route(), Route::kBridge);
  rig_.sent.clear();
  rig_.RequestKeyFrame(kTop);
  rig_.Run(200ms);
  EXPECT_EQ(rig_.KeyFramesOf(kTop), 1U);
  EXPECT_EQ(rig_.Feeds(kTop), "encoder");
}

TEST_F(VideoPipelineKeyFrameTest, AStormOfRequestsMakesOneKeyFrame) {
  RunInto(3s);
  for (int i = 0; i < 50; ++i) rig_.RequestKeyFrame(kTop);
  rig_.Run(1s);
  EXPECT_EQ(rig_.KeyFramesOf(kTop), 1U);
}

TEST_F(VideoPipelineKeyFrameTest, AYoungGopIsSentAgainToWhoHasJustBegun) {
  RunInto(6s);
  rig_.Watch(0);
  rig_.RunToKeyFrame();
  rig_.Run(300ms);
  rig_.sent.clear();
  asked_at_ = rig_.session_time();
  rig_.Watch(1);
  rig_.Run(300ms);
  EXPECT_LE(Waited(), 10ms);
  EXPECT_EQ(rig_.Feeds(kTop), "source");
  EXPECT_GT(rig_.SentOf(kTop).size(), 12U) << "the GOP so far, and what came since";
  EXPECT_EQ(rig_.transcoder.starts, 0);
}

TEST_F(VideoPipelineKeyFrameTest, ANearKeyFrameOfTheSourceIsWaitedFor) {
  RunInto(9s + 600ms);
  rig_.RequestKeyFrame(kTop);
  rig_.Run(1s);
  EXPECT_LE(Waited(), 500ms);
  EXPECT_EQ(rig_.Feeds(kTop), "source");
  EXPECT_EQ(rig_.transcoder.starts, 0);
}

TEST_F(VideoPipelineKeyFrameTest, AKeyFrameThatDoesNotComeWhenDueIsBridged) {
  RunInto(9s + 600ms);
  rig_.SendKeyFrameIn(20s);
  rig_.RequestKeyFrame(kTop);
  rig_.Run(2s);
  EXPECT_LE(Waited(), KeyFramePolicy::kWorthWaiting + KeyFramePolicy::kOverdue + 150ms);
}

TEST_F(VideoPipelineKeyFrameTest, AnEncoderThatDoesNotBeginGivesTheLayerBackToTheSource) {
  RunInto(3s);
  rig_.RequestKeyFrame(kTop);
  rig_.transcoder.latency = 100ms;
  rig_.Run(110ms);                 // the decoder has caught up …
  rig_.transcoder.stalled = true;  // … and the encoder gives nothing
  rig_.Run(2s);
  EXPECT_EQ(rig_.Feeds(kTop), "source");
  EXPECT_LE(rig_.LongestGap(kTop), LayerSplicer::kMaxStart + 100ms);
  EXPECT_EQ(rig_.CountOf(kTop, 1s), 25U);
}

TEST_F(VideoPipelineKeyFrameTest, ALayerThatBeginsGetsASecondKeyFrameUnasked) {
  RunInto(3s);
  rig_.Watch(0);
  rig_.Run(3s);
  rig_.Watch(1);
  rig_.Run(1s);
  EXPECT_EQ(rig_.KeyFramesOf(kTop), 2U) << "the SFU drops the first for a viewer it sets up";
}

TEST_F(VideoPipelineKeyFrameTest, WhatIsSentOverANewTransportBeginsWithAKeyFrame) {
  RunInto(3s);
  rig_.pipeline->OnTransportReady(rig_.now());
  rig_.Run(500ms);
  EXPECT_LE(Waited(), 150ms);
}

class SourceThatAnswersTest : public VideoPipelineKeyFrameTest {
 protected:
  SourceThatAnswersTest() : VideoPipelineKeyFrameTest(true) {}
};

TEST_F(SourceThatAnswersTest, IsAskedForAKeyFrameWhereAnotherIsBridged) {
  RunInto(3s);
  const int asked = rig_.source_asked;
  rig_.RequestKeyFrame(kTop);
  EXPECT_EQ(rig_.source_asked, asked + 1);
  rig_.Run(200ms);
  rig_.SendKeyFrameIn({});
  rig_.Run(1s);
  EXPECT_EQ(rig_.KeyFramesOf(kTop), 1U);
  EXPECT_EQ(rig_.Feeds(kTop), "source");
  EXPECT_EQ(rig_.transcoder.starts, 0);
}

TEST_F(SourceThatAnswersTest, IsAskedBeforeItsGopOutgrowsTheCache) {
  RunInto(3s);
  const int asked = rig_.source_asked;
  rig_.SendKeyFrameIn(1min);
  rig_.Run(GopCache::kMaxSpan / 2 - 3500ms);
  EXPECT_EQ(rig_.source_asked, asked);
  rig_.Run(1s);
  EXPECT_GT(rig_.source_asked, asked);
}

TEST_F(SourceThatAnswersTest, IsBridgedWhenItDoesNotAnswer) {
  RunInto(3s);
  rig_.RequestKeyFrame(kTop);
  rig_.Run(2s);
  EXPECT_LE(Waited(), KeyFramePolicy::kSourceAnswers + 150ms);
  EXPECT_EQ(rig_.Feeds(kTop), "source encoder");
}

}  // namespace
}  // namespace ingress::pipeline
