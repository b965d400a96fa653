#include "rtp_receive/layer_selector.h"

#include <gtest/gtest.h>

#include "codec/testing/nal_units.h"

namespace ingress::rtp_receive {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

stream::VideoUnit KeyFrame(std::uint32_t width, std::uint32_t height) {
  return {
      .codec = VideoCodec::kH264,
      .key_frame = true,
      .payload = stream::Payload(codec::Prefixed(
          {codec::MakeSps(0, width, height), codec::MakePps(0, 0), codec::MakeSlice(true, 0)}))};
}

stream::VideoUnit Frame() {
  return {.codec = VideoCodec::kH264,
          .payload = stream::Payload(codec::Prefixed({codec::MakeSlice(false, 0)}))};
}

TEST(LayerSelectorTest, TakesTheLargestInWhateverOrderTheyCome) {
  LayerSelector selector(3, LayerSelector::Use::kAlone);
  EXPECT_FALSE(selector.Passes(1, Frame(), kStart));
  EXPECT_TRUE(selector.Passes(1, KeyFrame(640, 352), kStart));
  EXPECT_TRUE(selector.Passes(1, Frame(), kStart));
  EXPECT_FALSE(selector.Passes(0, KeyFrame(320, 176), kStart));
  EXPECT_FALSE(selector.Passes(2, Frame(), kStart));
  EXPECT_TRUE(selector.Passes(2, KeyFrame(1280, 720), kStart));
  EXPECT_FALSE(selector.Passes(1, KeyFrame(640, 352), kStart));
  EXPECT_TRUE(selector.Passes(2, Frame(), kStart));
}

TEST(LayerSelectorTest, GoesOnWithTheNextLargestWhenOnePauses) {
  LayerSelector selector(3, LayerSelector::Use::kAlone);
  selector.Passes(2, KeyFrame(1280, 720), kStart);
  selector.Passes(0, KeyFrame(320, 176), kStart);
  selector.Passes(1, KeyFrame(640, 352), kStart);
  selector.Passes(0, Frame(), kStart + 1s);
  selector.Passes(1, Frame(), kStart + 900ms);
  EXPECT_EQ(selector.WantsKeyFrame(kStart + 900ms), std::nullopt);
  EXPECT_EQ(selector.WantsKeyFrame(kStart + 1s), 1U);
  EXPECT_FALSE(selector.Passes(1, Frame(), kStart + 1s));
  EXPECT_TRUE(selector.Passes(1, KeyFrame(640, 352), kStart + 1100ms));
  EXPECT_EQ(selector.WantsKeyFrame(kStart + 1100ms), std::nullopt);
  EXPECT_TRUE(selector.Passes(2, KeyFrame(1280, 720), kStart + 3s));  // it is back
}

TEST(LayerSelectorTest, TheLeadPassesToTheNextLargestWithAnyFrame) {
  LayerSelector selector(2, LayerSelector::Use::kReference);
  EXPECT_TRUE(selector.Passes(0, KeyFrame(320, 176), kStart));
  EXPECT_TRUE(selector.Passes(1, KeyFrame(640, 352), kStart));
  EXPECT_FALSE(selector.Passes(0, Frame(), kStart + 900ms));
  EXPECT_EQ(selector.WantsKeyFrame(kStart + 1s), std::nullopt);
  EXPECT_TRUE(selector.Passes(0, Frame(), kStart + 1s));
  EXPECT_TRUE(selector.Passes(1, Frame(), kStart + 2s)) << "it is back";
}

TEST(LayerSelectorTest, StaysWhenAllPause) {
  LayerSelector selector(2, LayerSelector::Use::kAlone);
  selector.Passes(0, KeyFrame(320, 176), kStart);
  EXPECT_EQ(selector.WantsKeyFrame(kStart + 5s), std::nullopt);
  EXPECT_TRUE(selector.Passes(0, Frame(), kStart + 5s));
}

TEST(LayerSelectorTest, FollowsSizesThatChange) {
  LayerSelector selector(2, LayerSelector::Use::kAlone);
  selector.Passes(1, KeyFrame(1280, 720), kStart);
  selector.Passes(0, KeyFrame(640, 352), kStart);
  EXPECT_TRUE(selector.Passes(1, KeyFrame(320, 176), kStart));  // what there is stays …
  EXPECT_TRUE(selector.Passes(0, KeyFrame(640, 352), kStart));  // … until a larger one comes
  EXPECT_FALSE(selector.Passes(1, Frame(), kStart));
}

}  // namespace
}  // namespace ingress::rtp_receive
