#include "pipeline/simulcast/layer_slots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using Size = LayerSlots::Size;
using ::testing::ElementsAre;

constexpr BitrateReference kTop{
    .bitrate = 2'000'000, .frame_rate = 30, .width = 1280, .height = 720};
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
  const auto layers = slots.Publish({Of(0, kLarge), Of(1, kSmall), Of(2, kMiddle)}, 3, kTop);
  EXPECT_THAT(HeightsOf(layers), ElementsAre(180, 360, 720));
  EXPECT_EQ(slots.SlotOf(0), 2U);
  EXPECT_EQ(slots.SlotOf(1), 0U);
  EXPECT_EQ(slots.SourceOf(1), 2U);
  EXPECT_EQ(layers.front().quality, LayerQuality::kLow);
  EXPECT_EQ(layers.back().quality, LayerQuality::kHigh);
  EXPECT_EQ(layers.back().bitrate, kTop.bitrate);
  EXPECT_LT(layers.front().bitrate, kTop.bitrate / 4);
}

TEST(LayerSlotsTest, TheOnlyLayerIsTheHighest) {
  LayerSlots slots;
  const auto layers = slots.Publish({Of(0, kMiddle)}, 1, kTop);
  ASSERT_EQ(layers.size(), 1U);
  EXPECT_EQ(layers.front().quality, LayerQuality::kHigh);
}

TEST(LayerSlotsTest, OfFourTheSmallestIsLeftOut) {
  LayerSlots slots;
  const auto layers = slots.Publish(
      {Of(0, {.width = 160, .height = 90}), Of(1, kSmall), Of(2, kMiddle), Of(3, kLarge)}, 4, kTop);
  EXPECT_THAT(HeightsOf(layers), ElementsAre(180, 360, 720));
  EXPECT_EQ(slots.SlotOf(0), std::nullopt);
  EXPECT_EQ(slots.SlotOf(3), 2U);
}

TEST(LayerSlotsTest, KeepsAPlaceForLargerLayersThatHaveNotCome) {
  LayerSlots slots;
  const auto layers = slots.Publish({Of(2, kSmall)}, 3, kTop);
  EXPECT_THAT(HeightsOf(layers), ElementsAre(180, 360, 720));
  EXPECT_EQ(slots.SourceOf(2), std::nullopt);
  EXPECT_TRUE(slots.Assign(Of(0, kLarge)));
  EXPECT_EQ(slots.SlotOf(0), 2U) << "the place of its size, not the next one";
  EXPECT_TRUE(slots.Assign(Of(1, kMiddle)));
  EXPECT_EQ(slots.SlotOf(1), 1U);
}

TEST(LayerSlotsTest, RefusesALayerThatWouldBeOutOfOrder) {
  LayerSlots slots;
  slots.Publish({Of(0, kMiddle)}, 2, kTop);
  EXPECT_FALSE(slots.Assign(Of(1, kSmall)));
  EXPECT_EQ(slots.SlotOf(1), std::nullopt);
  EXPECT_TRUE(slots.Assign(Of(1, kLarge)));
}

TEST(LayerSlotsTest, LaysTheNextConnectionsLayersOnThoseOfTheirSize) {
  LayerSlots slots;
  slots.Publish({Of(0, kLarge), Of(1, kSmall), Of(2, kMiddle)}, 3, kTop);
  slots.Forget();
  EXPECT_EQ(slots.SlotOf(0), std::nullopt);
  EXPECT_TRUE(slots.Assign(Of(0, kSmall)));
  EXPECT_TRUE(slots.Assign(Of(1, kLarge)));
  EXPECT_EQ(slots.SlotOf(0), 0U);
  EXPECT_EQ(slots.SlotOf(1), 2U);
}

}  // namespace
}  // namespace ingress::pipeline
