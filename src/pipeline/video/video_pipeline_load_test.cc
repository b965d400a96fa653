// What is given up when the machine or the uplink does not keep up, and how it comes back.
#include <gtest/gtest.h>

#include "pipeline/video/testing/pipeline_rig.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::PipelineRig;
using Flags = std::vector<bool>;

constexpr std::size_t kLow = 0;
constexpr std::size_t kMiddle = 1;
constexpr std::size_t kTop = 2;

class VideoPipelineLoadTest : public ::testing::Test {
 protected:
  VideoPipelineLoadTest() {
    rig_.gop = 2s;
    rig_.Begin(3);
    rig_.Run(5s);
    EXPECT_EQ(rig_.pipeline->shedding(), Shedding::kNothing);
  }

  /// Until the shedding is `step`; the time that it took.
  SessionTime RunUntil(Shedding step, SessionTime longest) {
    const SessionTime begin = rig_.session_time();
    while (rig_.pipeline->shedding() != step && rig_.session_time() - begin < longest) {
      rig_.Run(100ms);
    }
    EXPECT_EQ(rig_.pipeline->shedding(), step);
    return rig_.session_time() - begin;
  }

  PipelineRig rig_{
      {.encoding = PipelineRig::Encoding(), .media = {.transcoding = Transcoding::kAlways}}};
};

TEST_F(VideoPipelineLoadTest, WorkIsGivenUpStepByStepAndTakenUpAgain) {
  ASSERT_EQ(rig_.transcoder.active, (Flags{true, true, true}));
  rig_.transcoder.latency = 220ms;  // 200 ms more than it took before
  RunUntil(Shedding::kLowerLayers, 5s);
  EXPECT_EQ(rig_.transcoder.active, (Flags{false, false, true}));
  RunUntil(Shedding::kFrameRate, 5s);
  EXPECT_EQ(rig_.transcoder.frame_rate_divisor, 2);
  rig_.Run(300ms);
  rig_.sent.clear();
  rig_.Run(1s);
  EXPECT_NEAR(static_cast<double>(rig_.SentOf(kTop).size()), 12.5, 1) << "every second picture";
  RunUntil(Shedding::kSize, 5s);
  EXPECT_EQ(rig_.transcoder.active, (Flags{false, true, false}));

  rig_.transcoder.latency = 20ms;
  RunUntil(Shedding::kFrameRate, 10s);
  EXPECT_EQ(rig_.transcoder.active, (Flags{false, false, true}));
  RunUntil(Shedding::kLowerLayers, 20s);
  EXPECT_EQ(rig_.transcoder.frame_rate_divisor, 1);
  RunUntil(Shedding::kNothing, 40s);
  EXPECT_EQ(rig_.transcoder.active, (Flags{true, true, true}));
  rig_.Run(1s);
  for (const std::size_t layer : {kLow, kMiddle, kTop}) EXPECT_EQ(rig_.CountOf(layer, 480ms), 12U);
}

TEST_F(VideoPipelineLoadTest, ALayerThatComesBackBeginsWithAKeyFrame) {
  rig_.transcoder.latency = 220ms;
  RunUntil(Shedding::kLowerLayers, 5s);
  rig_.Run(300ms);
  rig_.sent.clear();
  rig_.transcoder.latency = 20ms;
  RunUntil(Shedding::kNothing, 20s);
  rig_.Run(1s);
  ASSERT_FALSE(rig_.SentOf(kLow).empty());
  EXPECT_TRUE(rig_.SentOf(kLow).front().key_frame);
}

TEST_F(VideoPipelineLoadTest, ABacklogIsLeftOutRatherThanWorkedOff) {
  rig_.transcoder.stalled = true;
  rig_.Run(600ms);
  rig_.transcoder.stalled = false;
  rig_.sent.clear();
  rig_.Run(100ms);
  ASSERT_FALSE(rig_.SentOf(kTop).empty());
  EXPECT_EQ(rig_.pipeline->backlogs(), 1U);
  for (const PipelineRig::Sent& frame : rig_.SentOf(kTop)) EXPECT_LE(frame.at - frame.pts, 450ms);
}

TEST_F(VideoPipelineLoadTest, APauseOfTheSourceIsNoLoad) {
  rig_.Pause();
  rig_.Run(5s);
  rig_.Resume();
  rig_.Run(5s);
  EXPECT_EQ(rig_.pipeline->shedding(), Shedding::kNothing);
  EXPECT_EQ(rig_.pipeline->backlogs(), 0U);
}

TEST_F(VideoPipelineLoadTest, ANarrowUplinkLeavesTheHighestLayerOutAndBringsItBack) {
  rig_.pipeline->OnUplink(500'000, rig_.now());
  rig_.Run(200ms);
  rig_.sent.clear();
  rig_.Run(2s);
  EXPECT_EQ(rig_.SentOf(kTop).size(), 0U);
  EXPECT_EQ(rig_.SentOf(kMiddle).size(), 50U);
  EXPECT_EQ(rig_.SentOf(kLow).size(), 50U);
  rig_.sent.clear();
  for (int i = 0; i < 20; ++i) {
    rig_.pipeline->OnUplink(5'000'000, rig_.now());
    rig_.Run(1s);
  }
  EXPECT_EQ(rig_.CountOf(kTop, 1s), 25U);
  EXPECT_TRUE(rig_.SentOf(kTop).front().key_frame);
}

TEST_F(VideoPipelineLoadTest, BitratesFollowTheUplink) {
  rig_.pipeline->OnUplink(1'100'000, rig_.now());
  EXPECT_LT(rig_.transcoder.bitrates.at(kTop), static_cast<int>(PipelineRig::kTopBitrate));
  EXPECT_EQ(rig_.transcoder.bitrates.at(kLow), static_cast<int>(PipelineRig::kTopBitrate / 16));
  rig_.pipeline->OnUplink(std::nullopt, rig_.now());
  EXPECT_EQ(rig_.transcoder.bitrates.at(kTop), static_cast<int>(PipelineRig::kTopBitrate));
}

TEST(VideoPipelineUplinkTest, ASourceThatTheUplinkDoesNotCarryIsEncoded) {
  PipelineRig rig;
  rig.gop = 2s;
  rig.frame_size = 8'000;  // 1.6 Mb/s
  rig.Begin(3);
  rig.Run(5s);
  ASSERT_EQ(rig.pipeline->route(), Route::kHybrid);
  rig.pipeline->OnUplink(1'500'000, rig.now());
  rig.Run(2s);
  EXPECT_EQ(rig.pipeline->route(), Route::kLadder);
  EXPECT_EQ(rig.transcoder.active, (Flags{true, true, true}));
  rig.sent.clear();
  rig.Run(1s);
  EXPECT_EQ(rig.Feeds(kTop), "encoder");
}

}  // namespace
}  // namespace ingress::pipeline
