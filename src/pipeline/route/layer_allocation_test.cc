#include "pipeline/route/layer_allocation.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using enum LayerQuality;
using Flags = std::vector<bool>;

class LayerAllocationTest : public testing::Test {
 protected:
  LayerAllocationTest() { plan_.OnAudience(true); }

  LayerAllocation plan_{{{.quality = kLow, .width = 320, .height = 180, .bitrate = 240'000},
                         {.quality = kMedium, .width = 640, .height = 360, .bitrate = 670'000},
                         {.quality = kHigh, .width = 1280, .height = 720, .bitrate = 1'900'000}}};
  const TimePoint now_ = TimePoint() + std::chrono::hours(1);
};

TEST_F(LayerAllocationTest, SendsNothingIntoAnEmptyRoom) {
  plan_.OnAudience(false);
  EXPECT_FALSE(plan_.any());
  EXPECT_EQ(plan_.Encoded(false, Shedding::kNothing), (Flags{false, false, false}));
  plan_.OnAudience(true);
  EXPECT_TRUE(plan_.any());
}

TEST_F(LayerAllocationTest, SendsEverythingBeforeTheFirstWordForWhoeverIsInTheRoom) {
  EXPECT_EQ(plan_.Encoded(false, Shedding::kNothing), (Flags{true, true, true}));
  EXPECT_EQ(plan_.Encoded(true, Shedding::kNothing), (Flags{true, true, false}));
  EXPECT_EQ(plan_.Describe(), "180p,360p,720p");
}

TEST_F(LayerAllocationTest, WelcomesAllWantedLayersAtTheFirstWordAndNewOnesLater) {
  EXPECT_EQ(plan_.OnDemand({true, true, false}).size(), 2U);
  EXPECT_TRUE(plan_.OnDemand({true, false, false}).empty());
  const std::vector<std::size_t> added = plan_.OnDemand({true, true, true});
  EXPECT_EQ(added, (std::vector<std::size_t>{1, 2}));
}

TEST_F(LayerAllocationTest, EncodesNothingThatNobodyWants) {
  plan_.OnDemand({false, false, false});
  EXPECT_EQ(plan_.Encoded(false, Shedding::kNothing), (Flags{false, false, false}));
  EXPECT_EQ(plan_.Encoded(false, Shedding::kSize), (Flags{false, false, false}));
  EXPECT_EQ(plan_.Describe(), "none");
}

TEST_F(LayerAllocationTest, KeepsTheHighestWantedLayerWhenTheMachineIsSlow) {
  EXPECT_EQ(plan_.Encoded(false, Shedding::kLowerLayers), (Flags{false, false, true}));
  EXPECT_EQ(plan_.Encoded(false, Shedding::kSize), (Flags{false, true, false}));
  EXPECT_EQ(plan_.Encoded(true, Shedding::kLowerLayers), (Flags{false, false, false}));
  plan_.OnDemand({true, true, false});
  EXPECT_EQ(plan_.Encoded(false, Shedding::kLowerLayers), (Flags{false, true, false}));
}

TEST_F(LayerAllocationTest, LeavesOutWhatTheUplinkDoesNotCarry) {
  EXPECT_EQ(plan_.top_limit(), std::nullopt);
  ASSERT_TRUE(plan_.OnUplink(1'200'000, now_));
  EXPECT_FALSE(plan_.active(2));
  EXPECT_TRUE(plan_.active(1));
  EXPECT_EQ(plan_.top_limit(), 0U);
  ASSERT_TRUE(plan_.OnUplink(std::nullopt, now_));
  EXPECT_TRUE(plan_.active(2));
}

TEST_F(LayerAllocationTest, TellsASourceWhatIsLeftForIt) {
  plan_.OnUplink(3'000'000, now_);
  ASSERT_TRUE(plan_.top_limit().has_value());
  EXPECT_NEAR(*plan_.top_limit(), 3'000'000 * UplinkAllocator::kUsable - 910'000, 2);
}

}  // namespace
}  // namespace ingress::pipeline
