#include "pipeline/route/top_layer.h"

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
class TopLayerTest : public testing::Test {
 protected:
  static TopLayer::Picture Source(SessionTime pts, bool idr = false) {
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

  void PushSource(SessionTime pts, bool idr = false) {
    layer_.OnSource(Source(pts, idr), true, pts);
  }

  std::vector<std::string> sent_;
  std::vector<SessionTime> times_;
  int returned_ = 0;
  TopLayer layer_{{.send_source =
                       [this](const TopLayer::Picture& picture, SessionTime pts) {
                         sent_.push_back(Name('s', picture->pts));
                         times_.push_back(pts);
                       },
                   .send_encoded =
                       [this](const EncodedFrame& frame) {
                         sent_.push_back(Name('e', frame.pts));
                         times_.push_back(frame.pts);
                       },
                   .on_returned = [this] { ++returned_; }}};
};

using Sent = std::vector<std::string>;

TEST_F(TopLayerTest, BeginsWithAKeyFrame) {
  PushSource(0ms);
  PushSource(33ms, true);
  PushSource(66ms);
  EXPECT_EQ(sent_, (Sent{"s33", "s66"}));
}

TEST_F(TopLayerTest, GoesOverABridgeAndBackWithoutAStepBackInTime) {
  PushSource(0ms, true);
  PushSource(33ms);
  layer_.TakeEncoder(66ms, 66ms);
  layer_.AllowReturn(true);
  PushSource(66ms);
  layer_.OnEncoded(Encoded(33ms, true));  // was in the decoder when the bridge was ordered
  layer_.OnEncoded(Encoded(66ms, true));
  PushSource(99ms);
  PushSource(132ms, true);  // waits for the encoder's picture of 99 ms
  EXPECT_EQ(returned_, 0);
  layer_.OnEncoded(Encoded(99ms));
  EXPECT_EQ(returned_, 1);
  layer_.OnEncoded(Encoded(132ms));
  PushSource(165ms);
  EXPECT_EQ(sent_, (Sent{"s0", "s33", "e66", "e99", "s132", "s165"}));
}

TEST_F(TopLayerTest, DoesNotWaitForeverForTheEncodersLastPicture) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, 33ms);
  layer_.AllowReturn(true);
  PushSource(33ms);
  layer_.OnEncoded(Encoded(33ms, true));
  PushSource(66ms);
  PushSource(99ms, true);
  PushSource(132ms);
  layer_.Poll(98ms + TopLayer::kMaxHandover);
  ASSERT_EQ(returned_, 0);
  layer_.Poll(99ms + TopLayer::kMaxHandover);
  EXPECT_EQ(returned_, 1);
  EXPECT_EQ(sent_, (Sent{"s0", "e33", "s99", "s132"}));
}

TEST_F(TopLayerTest, StaysWithTheEncoderWhileTheSourceDoesNotFit) {
  layer_.TakeEncoder(SessionTime::min(), 0ms);
  layer_.AllowReturn(false);
  layer_.OnEncoded(Encoded(0ms, true));
  PushSource(33ms, true);
  layer_.OnEncoded(Encoded(33ms));
  EXPECT_EQ(sent_, (Sent{"e0", "e33"}));
}

TEST_F(TopLayerTest, HoldsASourcePictureUntilTheLowerLayersOneIsOut) {
  layer_.OnCompanion(0ms, 0ms);
  PushSource(33ms, true);
  EXPECT_TRUE(sent_.empty());
  layer_.OnCompanion(33ms, 50ms);
  EXPECT_EQ(sent_, Sent{"s33"});
  PushSource(66ms);
  layer_.Poll(66ms + TopLayer::kMaxHold);
  EXPECT_EQ(sent_, (Sent{"s33", "s66"}));
}

TEST_F(TopLayerTest, ForgetsLowerLayersThatFellSilent) {
  layer_.OnCompanion(0ms, 0ms);
  PushSource(33ms + TopLayer::kCompanionsGone, true);
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(TopLayerTest, AfterABrokenChainOnlyAKeyFrameIsOfUse) {
  PushSource(0ms, true);
  layer_.BreakChain();
  PushSource(33ms);
  PushSource(66ms, true);
  EXPECT_EQ(sent_, (Sent{"s0", "s66"}));
}

TEST_F(TopLayerTest, ReplaysAGopBetweenTheLastPictureAndTheNext) {
  const std::deque<TopLayer::Picture> gop{Source(0ms, true), Source(33ms), Source(66ms)};
  for (const auto& picture : gop) layer_.OnSource(picture, true, picture->pts);
  layer_.Replay(gop);
  PushSource(66ms + kStep);
  EXPECT_EQ(sent_, (Sent{"s0", "s33", "s66", "s0", "s33", "s66", "s99"}));
  EXPECT_TRUE(std::ranges::is_sorted(times_, std::less_equal<>{}));
  EXPECT_EQ(times_.back(), 99ms);
}

TEST_F(TopLayerTest, FallsBackToTheSourceWhenTheEncoderDies) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, 33ms);
  layer_.AllowReturn(true);
  layer_.OnEncoded(Encoded(33ms, true));
  layer_.LoseEncoder();
  PushSource(33ms);
  PushSource(66ms, true);
  EXPECT_EQ(sent_, (Sent{"s0", "e33", "s66"}));
}

TEST_F(TopLayerTest, GivesAnEncoderUpThatDoesNotBegin) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, 33ms);
  layer_.AllowReturn(true);
  PushSource(33ms);
  PushSource(66ms);
  layer_.Poll(33ms + TopLayer::kMaxStart);
  PushSource(99ms);
  EXPECT_EQ(returned_, 1);
  EXPECT_EQ(sent_, (Sent{"s0", "s33", "s66", "s99"}));
}

TEST_F(TopLayerTest, GivesOutNothingThatRefersToWhatNobodyGot) {
  PushSource(0ms, true);
  layer_.BreakChain();
  layer_.TakeEncoder(33ms, 33ms);
  layer_.AllowReturn(true);
  PushSource(33ms);
  layer_.Poll(33ms + TopLayer::kMaxStart);
  PushSource(66ms);
  EXPECT_EQ(sent_, Sent{"s0"});
  PushSource(99ms, true);
  EXPECT_EQ(sent_, (Sent{"s0", "s99"}));
}

TEST_F(TopLayerTest, ShowsAStillUntilTheEncoderBeginsAtTheBeginningOnly) {
  const TopLayer::Picture idr = Source(100ms, true);
  layer_.TakeEncoder(100ms, 100ms);
  for (int i = 0; i < 10; ++i) layer_.ShowStill(idr);
  layer_.OnEncoded(Encoded(100ms, true));
  layer_.ShowStill(idr);
  EXPECT_EQ(sent_, (Sent{"s100", "s100", "s100", "s100", "s100", "e100"}));
  EXPECT_TRUE(std::ranges::is_sorted(times_, std::less_equal<>{}));
  EXPECT_LT(times_[4], 100ms);
}

TEST_F(TopLayerTest, ShowsAStillBehindWhatAnnouncedTheTrack) {
  layer_.TakeEncoder(100ms, 100ms);
  EXPECT_EQ(layer_.ReserveForAnnouncement(1099ms), 1099ms);
  EXPECT_GT(layer_.ReserveForAnnouncement(1099ms), 1099ms) << "no time is used twice";
  for (int i = 0; i < 3; ++i) layer_.ShowStill(Source(1000ms, true));
  ASSERT_EQ(sent_, Sent{"s1000"}) << "once, which viewers do not see as going back";
  EXPECT_GT(times_[0], 1099ms);
  EXPECT_LT(times_[0], 1100ms);
  layer_.OnEncoded(Encoded(1100ms, true));
  EXPECT_EQ(sent_, (Sent{"s1000", "e1100"}));
}

TEST_F(TopLayerTest, ShowsNoStillWhereAPictureRan) {
  PushSource(0ms, true);
  layer_.TakeEncoder(33ms, 33ms);
  layer_.ShowStill(Source(0ms, true));
  EXPECT_EQ(sent_, Sent{"s0"});
}

TEST_F(TopLayerTest, GivesOutNothingThatNobodyWatches) {
  layer_.OnSource(Source(0ms, true), false, 0ms);
  PushSource(33ms);
  PushSource(66ms, true);
  EXPECT_EQ(sent_, Sent{"s66"});
}

}  // namespace
}  // namespace ingress::pipeline
