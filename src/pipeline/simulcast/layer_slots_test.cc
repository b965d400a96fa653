#include "pipeline/simulcast/layer_slots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using Size = LayerSlots::Size;
using ::testing::ElementsAre;

constexpr std::uint32_t kBitrate = 2'000'000;
constexpr double kFps = 30;
constexpr Size kSmall{.width = 320, .height = 180};
constexpr Size kMiddle{.width = 640, .height = 360};
constexpr Size kLarge{.width = 1280, .height = 720};

Size Of(std::size_t source, Size size) {
  size.source = source;
  return size;
}

std::vector<std::uint32_t> HeightsOf(const std::vector<LayerSpec>& layers) {
  std::vector<std::uint32_t> heights;
  for (const LayerSpec& layer : layers) heights.push_back(layer.height);
  return heights;
}

TEST(LayerSlotsTest, OrdersLayersByTheSizeOfTheirPictures) {
  LayerSlots slots;
  const auto layers =
      slots.Publish({Of(0, kLarge), Of(1, kSmall), Of(2, kMiddle)}, 3, kBitrate, kFps);
  EXPECT_THAT(HeightsOf(layers), ElementsAre(180, 360, 720));
  EXPECT_EQ(slots.SlotOf(0), 2U);
  EXPECT_EQ(slots.SlotOf(1), 0U);
  EXPECT_EQ(slots.SourceOf(1), 2U);
  EXPECT_EQ(layers.front().quality, LayerQuality::kLow);
  EXPECT_EQ(layers.back().quality, LayerQuality::kHigh);
  EXPECT_EQ(layers.back().bitrate, kBitrate);
  EXPECT_LT(layers.front().bitrate, kBitrate / 4);
}

TEST(LayerSlotsTest, TheOnlyLayerIsTheHighest) {
  LayerSlots slots;
  const auto layers = slots.Publish({Of(0, kMiddle)}, 1, kBitrate, kFps);
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers.front().quality, LayerQuality::kHigh);
}

TEST(LayerSlotsTest, OfFourTheSmallestIsLeftOut) {
  LayerSlots slots;
  const auto layers = slots.Publish(
      {Of(0, {.width = 160, .height = 90}), Of(1, kSmall), Of(2, kMiddle), Of(3, kLarge)}, 4,
      kBitrate, kFps);
  EXPECT_THAT(HeightsOf(layers), ElementsAre(180, 360, 720));
  EXPECT_EQ(slots.SlotOf(0), std::nullopt);
  EXPECT_EQ(slots.SlotOf(3), 2U);
}

TEST(LayerSlotsTest, KeepsAPlaceForLargerLayersThatHaveNotCome) {
  LayerSlots slots;
  const auto layers = slots.Publish({Of(2, kSmall)}, 3, kBitrate, kFps);
  EXPECT_THAT(HeightsOf(layers), ElementsAre(180, 360, 720));
  EXPECT_EQ(layers.back().bitrate, kBitrate);
  EXPECT_LT(layers.front().bitrate, kBitrate / 4);
  EXPECT_EQ(slots.SourceOf(2), std::nullopt);
  EXPECT_FALSE(slots.Match({Of(2, kSmall), Of(0, kLarge)}));
  EXPECT_EQ(slots.SlotOf(0), 2U) << "the place of its size, not the next one";
  EXPECT_FALSE(slots.Match({Of(2, kSmall), Of(0, kLarge), Of(1, kMiddle)}));
  EXPECT_EQ(slots.SlotOf(1), 1U);
}

TEST(LayerSlotsTest, ASmallerOneThatComesLateMovesTheOthersUpAndIsWorthAnotherTrack) {
  LayerSlots slots;
  slots.Publish({Of(1, kMiddle), Of(0, kLarge)}, 3, kBitrate, kFps);
  EXPECT_TRUE(slots.Match({Of(0, kLarge), Of(1, kMiddle), Of(2, kSmall)}));
  EXPECT_EQ(slots.SlotOf(2), 0U);
  EXPECT_EQ(slots.SlotOf(1), 1U);
  EXPECT_EQ(slots.SlotOf(0), 2U);
  slots.Publish({Of(0, kLarge), Of(1, kMiddle), Of(2, kSmall)}, 3, kBitrate, kFps);
  EXPECT_FALSE(slots.Match({Of(0, kLarge), Of(1, kMiddle), Of(2, kSmall)})) << "once";
}

TEST(LayerSlotsTest, OneMoreThanThereArePlacesIsWorthAnotherTrack) {
  LayerSlots slots;
  slots.Publish({Of(0, kLarge)}, 1, kBitrate, kFps);
  EXPECT_TRUE(slots.Match({Of(0, kSmall), Of(1, kMiddle), Of(2, kLarge)}));
  EXPECT_EQ(slots.SlotOf(2), 0U) << "the largest meanwhile";
}

TEST(LayerSlotsTest, TheLargestHavePlacesInWhateverOrderTheyCome) {
  constexpr Size kTiny{.width = 160, .height = 90};
  const std::vector<Size> four = {Of(0, kTiny), Of(1, kSmall), Of(2, kMiddle), Of(3, kLarge)};
  LayerSlots slots;
  slots.Publish(four, 4, kBitrate, kFps);
  std::vector<Size> come;
  for (const Size& next : four) {
    come.push_back(next);
    EXPECT_FALSE(slots.Match(come));
  }
  EXPECT_EQ(slots.SlotOf(0), std::nullopt);
  EXPECT_EQ(slots.SlotOf(1), 0U);
  EXPECT_EQ(slots.SlotOf(3), 2U);
}

TEST(LayerSlotsTest, LayersOfOtherSizesKeepTheirOrder) {
  LayerSlots slots;
  slots.Publish({Of(0, kSmall), Of(1, kMiddle), Of(2, kLarge)}, 3, kBitrate, kFps);
  constexpr Size kBetween{.width = 960, .height = 540};
  EXPECT_FALSE(slots.Match({Of(0, kMiddle), Of(1, kLarge), Of(2, kBetween)}));
  EXPECT_EQ(slots.SlotOf(0), 0U);
  EXPECT_EQ(slots.SlotOf(2), 1U);
  EXPECT_EQ(slots.SlotOf(1), 2U);
}

TEST(LayerSlotsTest, OneThatGrowsTakesAnotherPlace) {
  LayerSlots slots;
  slots.Publish({Of(2, kMiddle)}, 3, kBitrate, kFps);
  EXPECT_EQ(slots.SlotOf(2), 0U);
  slots.Match({Of(2, kLarge)});
  EXPECT_EQ(slots.SlotOf(2), 1U);
  slots.Match({Of(2, kLarge), Of(1, kMiddle)});
  EXPECT_EQ(slots.SlotOf(1), 0U);
  EXPECT_EQ(slots.SlotOf(2), 1U);
}

}  // namespace
}  // namespace ingress::pipeline
