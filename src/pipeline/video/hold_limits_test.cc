// How long pictures are held, whatever lower layers, audio and the transcoder do.
#include "pipeline/video/hold_limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "pipeline/video/testing/pipeline_rig.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::PipelineRig;

constexpr std::size_t kLow = 0;
constexpr std::size_t kTop = 2;

/// A stream with audio, of which packets leave later than the pictures of their time by up to
/// `audio_late`.
class HoldLimitsTest : public ::testing::TestWithParam<unsigned> {
 protected:
  int Pick(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }

  void Stream(SessionTime duration) {
    for (const SessionTime end = rig_.session_time() + duration; rig_.session_time() < end;) {
      rig_.Run(PipelineRig::kTick * Pick(1, 3));
      rig_.pipeline->OnAudioSent(rig_.session_time() - Milliseconds(0, audio_late_), rig_.now());
      if (Pick(0, 1) == 0) rig_.pipeline->OnTick(rig_.now());
    }
  }
  std::chrono::milliseconds Milliseconds(int least, int most) {
    return std::chrono::milliseconds(Pick(least, most));
  }

  /// The longest that a picture of the source waited. They come at their presentation time; what is
  /// sent again has a later one.
  SessionTime LongestHold() const {
    SessionTime longest{};
    for (const PipelineRig::Sent& frame : rig_.sent) {
      if (frame.from_source) longest = std::max(longest, frame.at - frame.pts);
    }
    return longest;
  }

  std::mt19937 random_{GetParam()};
  int audio_late_ = 60;  // milliseconds
  PipelineRig rig_;
};

INSTANTIATE_TEST_SUITE_P(Seeds, HoldLimitsTest, ::testing::Range(0U, 12U));

TEST_P(HoldLimitsTest, APictureThatWaitsForLowerLayersAndForItsAudioLeavesWithinTheLimit) {
  rig_.Begin(3);
  Stream(2s);
  rig_.sent.clear();
  for (int i = 0; i < 60; ++i) {
    rig_.transcoder.latency = Milliseconds(5, 150);
    rig_.transcoder.stalled = Pick(0, 9) == 0;
    audio_late_ = Pick(10, 120);
    if (Pick(0, 5) == 0) rig_.pipeline->SetBatchInterval(20ms * Pick(0, 1));
    Stream(500ms);
  }
  EXPECT_EQ(rig_.Feeds(kTop), "source");
  EXPECT_GT(LongestHold(), LayerSplicer::kMaxSiblingWait) << "it would show nothing otherwise";
  EXPECT_LE(LongestHold(), kMaxVideoHold);
}

TEST_P(HoldLimitsTest, APictureThatWaitsForAnotherFeedLeavesWithinTheLimit) {
  rig_.gop = 3s;
  rig_.Begin(3);
  Stream(2s);
  rig_.sent.clear();
  for (int i = 0; i < 60; ++i) {
    rig_.transcoder.latency = Milliseconds(5, 250);
    rig_.transcoder.stalled = Pick(0, 3) == 0;
    rig_.RequestKeyFrame(Pick(0, 1) == 0 ? kTop : kLow);
    if (Pick(0, 3) == 0) rig_.live = !rig_.live;
    Stream(500ms);
  }
  EXPECT_LE(LongestHold(), kMaxVideoHoldAtChange);
}

TEST(HoldLimitTest, NothingWaitsForTheNextPictureToArrive) {
  PipelineRig rig;
  rig.transcoder.latency = 20ms;
  rig.Begin(3);
  rig.Run(5s);
  rig.transcoder.stalled = true;
  rig.sent.clear();
  rig.Run(PipelineRig::kFrame);  // one more picture, whose lower layers never come
  rig.Pause();
  const SessionTime came = rig.session_time();
  ASSERT_TRUE(rig.pipeline->departure());
  rig.Run(1s);
  ASSERT_FALSE(rig.sent.empty());
  EXPECT_EQ(rig.sent.back().layer, kTop);
  EXPECT_LE(rig.sent.back().at, came + LayerSplicer::kMaxSiblingWait);
  EXPECT_FALSE(rig.pipeline->departure());
}

}  // namespace
}  // namespace ingress::pipeline
