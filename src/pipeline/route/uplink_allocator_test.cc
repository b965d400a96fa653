#include "pipeline/route/uplink_allocator.h"

#include <gtest/gtest.h>

#include "support/uplink_simulation.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};
const std::vector<std::uint32_t> kLayers = {240'000, 670'000, 1'900'000};

TEST(UplinkAllocatorTest, LimitsNothingWithoutAnEstimate) {
  UplinkAllocator plan(kLayers);
  EXPECT_FALSE(plan.OnEstimate(std::nullopt, kStart));
  EXPECT_EQ(plan.layers(), 3U);
  EXPECT_EQ(plan.bitrate(2), 1'900'000U);
}

TEST(UplinkAllocatorTest, LowersTheHighestLayerBeforeItStopsIt) {
  UplinkAllocator plan(kLayers);
  EXPECT_TRUE(plan.OnEstimate(2'200'000, kStart));
  EXPECT_EQ(plan.layers(), 3U);
  EXPECT_EQ(plan.bitrate(2), 2'200'000 * 95 / 100 - 910'000);
  EXPECT_EQ(plan.bitrate(1), 670'000U);
  EXPECT_TRUE(plan.OnEstimate(1'500'000, kStart + 1s));
  EXPECT_EQ(plan.layers(), 2U);
  EXPECT_EQ(plan.bitrate(2), 0U);
  EXPECT_EQ(plan.bitrate(1), 670'000U);
}

TEST(UplinkAllocatorTest, AlwaysLeavesOneLayer) {
  UplinkAllocator plan(kLayers);
  plan.OnEstimate(20'000, kStart);
  EXPECT_EQ(plan.layers(), 1U);
  EXPECT_EQ(plan.bitrate(0), 120'000U);
}

TEST(UplinkAllocatorTest, BringsALayerBackLaterAndLaterAfterFailures) {
  UplinkAllocator plan(kLayers);
  TimePoint now = kStart;
  std::vector<std::chrono::seconds> waits;
  for (int attempt = 0; attempt < 6; ++attempt) {
    plan.OnEstimate(1'000'000, now);
    ASSERT_EQ(plan.layers(), 2U);
    const TimePoint down = now;
    while (plan.layers() == 2) plan.OnEstimate(3'000'000, now += 1s);
    waits.push_back(std::chrono::duration_cast<std::chrono::seconds>(now - down));
    now += 2s;  // and it fails
  }
  EXPECT_EQ(waits, (std::vector<std::chrono::seconds>{5s, 10s, 20s, 40s, 60s, 60s}));
}

TEST(UplinkAllocatorTest, ForgetsFailuresOnceALayerHasStayed) {
  UplinkAllocator plan(kLayers);
  TimePoint now = kStart;
  plan.OnEstimate(1'000'000, now);
  while (plan.layers() == 2) plan.OnEstimate(3'000'000, now += 1s);
  plan.OnEstimate(1'000'000, now += 1s);
  while (plan.layers() == 2) plan.OnEstimate(3'000'000, now += 1s);
  plan.OnEstimate(1'000'000, now += 60s);
  const TimePoint down = now;
  while (plan.layers() == 2) plan.OnEstimate(3'000'000, now += 1s);
  EXPECT_EQ(now - down, 5s);
}

TEST(UplinkAllocatorTest, SmallRisesAreNotWorthAWord) {
  UplinkAllocator plan(kLayers);
  plan.OnEstimate(2'200'000, kStart);
  EXPECT_FALSE(plan.OnEstimate(2'250'000, kStart + 1s));
  EXPECT_TRUE(plan.OnEstimate(2'500'000, kStart + 2s));
}

TEST(UplinkAllocatorTest, ALayerComesBackWithItsLeastShareAndRisesGently) {
  UplinkAllocator plan(kLayers);
  TimePoint now = kStart;
  plan.OnEstimate(1'000'000, now);
  plan.OnEstimate(9'000'000, now += 5s);
  ASSERT_EQ(plan.layers(), 3U);
  EXPECT_EQ(plan.bitrate(2), 950'000U);
  plan.OnEstimate(9'000'000, now += 1s);
  EXPECT_EQ(plan.bitrate(2), 1'045'000U);
  for (int second = 0; second < 7; ++second) plan.OnEstimate(9'000'000, now += 1s);
  EXPECT_EQ(plan.bitrate(2), 1'900'000U);
}

/// Estimator and plan around a simulated link.
TEST(UplinkAllocatorTest, UpperLayersStopOnANarrowLinkAndComeBack) {
  test::UplinkSimulation link;
  UplinkAllocator plan(kLayers);
  const auto obey = [&] {
    const auto estimate = link.estimator().estimate();
    plan.OnEstimate(estimate ? std::optional(static_cast<std::uint32_t>(*estimate)) : std::nullopt,
                    link.now());
    link.bitrate = 0;
    for (std::size_t layer = 0; layer < kLayers.size(); ++layer)
      link.bitrate += plan.bitrate(layer);
  };
  obey();
  link.Run(20s, obey);
  EXPECT_EQ(plan.layers(), 3U);

  link.capacity = 1'200'000;
  link.Run(2s, obey);
  EXPECT_EQ(plan.layers(), 2U);
  std::chrono::milliseconds with_three{0};
  link.Run(60s, [&] {
    obey();
    if (plan.layers() == 3) with_three += 100ms;
  });
  EXPECT_LT(with_three, 5s);  // what the attempts to come back cost
  EXPECT_GE(plan.layers(), 1U);

  link.capacity = 300'000;
  link.Run(4s, obey);
  EXPECT_EQ(plan.layers(), 1U);

  link.capacity = 10'000'000;
  link.Run(150s, obey);
  EXPECT_EQ(plan.layers(), 3U);
  EXPECT_EQ(plan.bitrate(2), 1'900'000U);
}

}  // namespace
}  // namespace ingress::pipeline
