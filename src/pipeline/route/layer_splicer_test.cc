#include "pipeline/route/layer_splicer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr SessionTime kStep = 33ms;

/// A layer whose output is written down: "s<ms>" for source pictures, "e<ms>" for encoded ones.
class LayerSplicerTest : public testing::Test {
 protected:
  static LayerSplicer::Picture Source(SessionTime pts, bool idr = false) {
    SourcePicture picture;
    picture.dts = picture.pts = pts;
    picture.key_frame = picture.idr = idr;
    return std::make_shared<const SourcePicture>(std::move(picture));
  }
  static EncodedFrame Encoded(SessionTime pts, bool key = false) {
    return {.payload = {}, .pts = pts, .duration = {}, .key_frame = key};
  }
  static std::string Name(char kind, SessionTime pts) {
    return kind +
           std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(pts).count());
  }

  static TimePoint At(SessionTime time) { return TimePoint{} + time; }
  void GiveEncoded(SessionTime pts, bool key = false) {
    layer_.OnEncoded(Encoded(pts, key), At(pts));
  }
  void PushSource(SessionTime pts, bool idr = false) {
    layer_.OnSource(Source(pts, idr), true, At(pts));
  }

  std::vector<std::string> sent_;
  std::vector<SessionTime> times_;
  int returned_ = 0;
  LayerSplicer layer_{
      {.send_source =
           [this](const LayerSplicer::Picture& picture, SessionTime pts, TimePoint) {
             sent_.push_back(Name('s', picture->pts));
             times_.push_back(pts);
           },
       .send_encoded =
           [this](const EncodedFrame& frame, TimePoint) {
             sent_.push_back(Name('e', frame.pts));
             times_.push_back(frame.pts);
           },
       .on_returned = [this](TimePoint) { ++returned_; }}};
};

using Sent = std::vector<std::string>;

TEST_F(LayerSplicerTest, BeginsWithAKeyFrame) {
  PushSource(0ms);
  PushSource(33ms, true);
  PushSource(66ms);
  EXPECT_EQ(sent_, (Sent{"s33", "s66"}));
}

TEST_F(LayerSplicerTest, GoesOverABridgeAndBackWithoutAStepBackInTime) {
  PushSource(0ms, true);
  PushSource(33ms);
  layer_.TakeEncoder(66ms, At(66ms));
  layer_.AllowReturn(true);
  PushSource(66ms);
  GiveEncoded(33ms, true);  // was in the decoder when the bridge was ordered
  GiveEncoded(66ms, true);
  PushSource(99ms);
  PushSource(132ms, true);  // waits for the encoder's picture of 99 ms
  EXPECT_EQ(returned_, 0);
  GiveEncoded(99ms);
  EXPECT_EQ(returned_, 1);
  GiveEncoded(132ms);
  PushSource(165ms);
  EXPECT_EQ(sent_, (Sent{"s0", "s33", "e66", "e99", "s132", "s165"}));
}

TEST_F(LayerSplicerTest, DoesNotWaitForeverForTheEncodersLastPicture) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, At(33ms));
  layer_.AllowReturn(true);
  PushSource(33ms);
  GiveEncoded(33ms, true);
  PushSource(66ms);
  PushSource(99ms, true);
  PushSource(132ms);
  layer_.Poll(At(98ms + LayerSplicer::kMaxHandover));
  ASSERT_EQ(returned_, 0);
  layer_.Poll(At(99ms + LayerSplicer::kMaxHandover));
  EXPECT_EQ(returned_, 1);
  EXPECT_EQ(sent_, (Sent{"s0", "e33", "s99", "s132"}));
}

TEST_F(LayerSplicerTest, StaysWithTheEncoderWhileTheSourceDoesNotFit) {
  layer_.TakeEncoder(SessionTime::min(), At(0ms));
  layer_.AllowReturn(false);
  GiveEncoded(0ms, true);
  PushSource(33ms, true);
  GiveEncoded(33ms);
  EXPECT_EQ(sent_, (Sent{"e0", "e33"}));
}

TEST_F(LayerSplicerTest, HoldsASourcePictureUntilTheLowerLayersOneIsOut) {
  layer_.OnSibling(0ms, At(0ms));
  PushSource(33ms, true);
  EXPECT_TRUE(sent_.empty());
  layer_.OnSibling(33ms, At(50ms));
  EXPECT_EQ(sent_, Sent{"s33"});
  PushSource(66ms);
  layer_.Poll(At(66ms + LayerSplicer::kMaxSiblingWait));
  EXPECT_EQ(sent_, (Sent{"s33", "s66"}));
}

TEST_F(LayerSplicerTest, SaysWhenASourcePictureWaitsForALowerLayerNoLonger) {
  EXPECT_EQ(layer_.deadline(), std::nullopt);
  layer_.OnSibling(0ms, At(0ms));
  PushSource(33ms, true);
  PushSource(66ms);
  EXPECT_EQ(layer_.deadline(), At(33ms + LayerSplicer::kMaxSiblingWait));
  layer_.OnSibling(33ms, At(70ms));
  EXPECT_EQ(layer_.deadline(), At(66ms + LayerSplicer::kMaxSiblingWait));
  layer_.Poll(*layer_.deadline());
  EXPECT_EQ(sent_, (Sent{"s33", "s66"}));
  EXPECT_EQ(layer_.deadline(), std::nullopt);
}

TEST_F(LayerSplicerTest, SaysWhenItWaitsForAnEncoderNoLonger) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, At(33ms));
  EXPECT_EQ(layer_.deadline(), std::nullopt) << "it may take its time where nothing can go on";
  layer_.AllowReturn(true);
  EXPECT_EQ(layer_.deadline(), At(33ms + LayerSplicer::kMaxStart));
  GiveEncoded(33ms, true);
  EXPECT_EQ(layer_.deadline(), std::nullopt);
  PushSource(33ms);
  PushSource(66ms);
  PushSource(99ms, true);  // waits for the encoder's picture of 66 ms
  EXPECT_EQ(layer_.deadline(), At(99ms + LayerSplicer::kMaxHandover));
  layer_.Poll(*layer_.deadline());
  EXPECT_EQ(sent_, (Sent{"s0", "e33", "s99"}));
  EXPECT_EQ(layer_.deadline(), std::nullopt);
}

TEST_F(LayerSplicerTest, ForgetsLowerLayersThatFellSilent) {
  layer_.OnSibling(0ms, At(0ms));
  PushSource(33ms + LayerSplicer::kSiblingsGone, true);
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(LayerSplicerTest, AfterABrokenChainOnlyAKeyFrameIsOfUse) {
  PushSource(0ms, true);
  layer_.BreakChain();
  PushSource(33ms);
  PushSource(66ms, true);
  EXPECT_EQ(sent_, (Sent{"s0", "s66"}));
}

TEST_F(LayerSplicerTest, ReplaysAGopBetweenTheLastPictureAndTheNext) {
  const std::deque<LayerSplicer::Picture> gop{Source(0ms, true), Source(33ms), Source(66ms)};
  for (const auto& picture : gop) layer_.OnSource(picture, true, At(picture->pts));
  layer_.Replay(gop, At(66ms));
  PushSource(66ms + kStep);
  EXPECT_EQ(sent_, (Sent{"s0", "s33", "s66", "s0", "s33", "s66", "s99"}));
  EXPECT_TRUE(std::ranges::is_sorted(times_, std::less_equal<>{}));
  EXPECT_EQ(times_.back(), 99ms);
}

TEST_F(LayerSplicerTest, FallsBackToTheSourceWhenTheEncoderDies) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, At(33ms));
  layer_.AllowReturn(true);
  GiveEncoded(33ms, true);
  layer_.LoseEncoder(At(33ms));
  PushSource(33ms);
  PushSource(66ms, true);
  EXPECT_EQ(sent_, (Sent{"s0", "e33", "s66"}));
}

TEST_F(LayerSplicerTest, GivesAnEncoderUpThatDoesNotBegin) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, At(33ms));
  layer_.AllowReturn(true);
  PushSource(33ms);
  PushSource(66ms);
  layer_.Poll(At(33ms + LayerSplicer::kMaxStart));
  PushSource(99ms);
  EXPECT_EQ(returned_, 1);
  EXPECT_EQ(sent_, (Sent{"s0", "s33", "s66", "s99"}));
}

TEST_F(LayerSplicerTest, GivesOutNothingThatRefersToWhatNobodyGot) {
  PushSource(0ms, true);
  layer_.BreakChain();
  layer_.TakeEncoder(33ms, At(33ms));
  layer_.AllowReturn(true);
  PushSource(33ms);
  layer_.Poll(At(33ms + LayerSplicer::kMaxStart));
  PushSource(66ms);
  EXPECT_EQ(sent_, Sent{"s0"});
  PushSource(99ms, true);
  EXPECT_EQ(sent_, (Sent{"s0", "s99"}));
}

TEST_F(LayerSplicerTest, AnEncoderThatDoesNotBeginGivesNothingBackThatFollowsAGap) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, At(33ms));
  layer_.AllowReturn(true);
  PushSource(33ms);
  layer_.BreakChain();  // the picture of 66 ms is left out
  PushSource(99ms);
  layer_.Poll(At(33ms + LayerSplicer::kMaxStart));
  PushSource(500ms);
  EXPECT_EQ(sent_, (Sent{"s0", "s33"})) << "what came before the gap can be decoded";
  EXPECT_TRUE(layer_.needs_key());
  PushSource(533ms, true);
  EXPECT_EQ(sent_, (Sent{"s0", "s33", "s533"}));
}

TEST_F(LayerSplicerTest, WhatWaitsForAReturnIsForgottenWhereTheSourceMayNotReturn) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, At(33ms));
  layer_.AllowReturn(true);
  PushSource(33ms);
  layer_.AllowReturn(false);
  PushSource(66ms);
  layer_.AllowReturn(true);
  PushSource(99ms);
  layer_.Poll(At(33ms + LayerSplicer::kMaxStart));
  EXPECT_EQ(sent_, Sent{"s0"});
  PushSource(500ms, true);
  EXPECT_EQ(sent_, (Sent{"s0", "s500"}));
}

TEST_F(LayerSplicerTest, APictureBehindAGapDoesNotReturnWithTheKeyFrameBeforeIt) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, At(33ms));
  layer_.AllowReturn(true);
  PushSource(33ms);
  GiveEncoded(33ms, true);
  PushSource(66ms);
  PushSource(99ms, true);  // waits for the encoder's picture of 66 ms
  layer_.BreakChain();     // the picture of 132 ms is left out
  PushSource(165ms);
  GiveEncoded(66ms);
  PushSource(198ms);
  EXPECT_EQ(returned_, 1);
  EXPECT_EQ(sent_, (Sent{"s0", "e33", "e66", "s99"}));
}

TEST_F(LayerSplicerTest, AnEncoderBeginsBehindAReplayThatHasUsedItsTime) {
  const std::deque<LayerSplicer::Picture> gop{Source(0ms, true), Source(8ms)};
  for (const auto& picture : gop) layer_.OnSource(picture, true, At(picture->pts));
  layer_.Replay(gop, At(8ms));
  layer_.TakeEncoder(9ms, At(9ms));
  GiveEncoded(9ms, true);
  GiveEncoded(17ms);
  EXPECT_EQ(sent_, (Sent{"s0", "s8", "s0", "s8", "e10", "e17"})) << "its key frame is not lost";
  EXPECT_TRUE(std::ranges::is_sorted(times_, std::less_equal<>{}));
}

TEST_F(LayerSplicerTest, RepeatsAKeyFrameUntilTheEncoderBeginsAtTheBeginningOnly) {
  const LayerSplicer::Picture idr = Source(100ms, true);
  layer_.TakeEncoder(100ms, At(100ms));
  for (int i = 0; i < 10; ++i) layer_.RepeatKeyFrame(idr, At(100ms));
  GiveEncoded(100ms, true);
  layer_.RepeatKeyFrame(idr, At(100ms));
  EXPECT_EQ(sent_, (Sent{"s100", "s100", "s100", "s100", "s100", "e100"}));
  EXPECT_TRUE(std::ranges::is_sorted(times_, std::less_equal<>{}));
  EXPECT_LT(times_[4], 100ms);
}

TEST_F(LayerSplicerTest, RepeatsAKeyFrameBehindWhatAnnouncedTheTrack) {
  layer_.TakeEncoder(100ms, At(100ms));
  EXPECT_EQ(layer_.ReserveForAnnouncement(1099ms), 1099ms);
  EXPECT_GT(layer_.ReserveForAnnouncement(1099ms), 1099ms) << "no time is used twice";
  for (int i = 0; i < 3; ++i) layer_.RepeatKeyFrame(Source(1000ms, true), At(1000ms));
  ASSERT_EQ(sent_, Sent{"s1000"}) << "once, which viewers do not see as going back";
  EXPECT_GT(times_[0], 1099ms);
  EXPECT_LT(times_[0], 1100ms);
  GiveEncoded(1100ms, true);
  EXPECT_EQ(sent_, (Sent{"s1000", "e1100"}));
}

TEST_F(LayerSplicerTest, RepeatsNoKeyFrameWhereAPictureRan) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, At(33ms));
  layer_.RepeatKeyFrame(Source(0ms, true), At(33ms));
  EXPECT_EQ(sent_, Sent{"s0"});
}

TEST_F(LayerSplicerTest, GivesOutNothingThatNobodyWatches) {
  layer_.OnSource(Source(0ms, true), false, At(0ms));
  PushSource(33ms);
  PushSource(66ms, true);
  EXPECT_EQ(sent_, Sent{"s66"});
}

}  // namespace
}  // namespace ingress::pipeline
