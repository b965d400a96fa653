#include "service/workers/load_meter.h"

#include <gtest/gtest.h>

namespace ingress::service {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{};

TEST(LoadMeterTest, KnowsNothingBeforeTheSecondHeartbeat) {
  LoadMeter meter;
  EXPECT_EQ(meter.load().cores, 0);
  EXPECT_FALSE(meter.load().settled);
  meter.OnHeartbeat(3.0, 0, kStart);
  EXPECT_EQ(meter.load().cores, 0);
}

TEST(LoadMeterTest, MeasuresCoresBetweenHeartbeats) {
  LoadMeter meter;
  meter.OnHeartbeat(3.0, 0, kStart);
  meter.OnHeartbeat(3.5, 0, kStart + 1s);
  EXPECT_DOUBLE_EQ(meter.load().cores, 0.5);
}

TEST(LoadMeterTest, TakesNoProcessorTimeBack) {
  LoadMeter meter;
  meter.OnHeartbeat(3.0, 0, kStart);
  meter.OnHeartbeat(1.0, 0, kStart + 1s);
  EXPECT_EQ(meter.load().cores, 0);
}

TEST(LoadMeterTest, FollowsAChangeGradually) {
  LoadMeter meter;
  meter.OnHeartbeat(0.0, 0, kStart);
  meter.OnHeartbeat(1.0, 0, kStart + 1s);
  meter.OnHeartbeat(1.0, 0, kStart + 2s);
  EXPECT_GT(meter.load().cores, 0.5);
  EXPECT_LT(meter.load().cores, 1.0);
}

TEST(LoadMeterTest, SettlesAfterTheSettleTime) {
  LoadMeter meter;
  meter.OnHeartbeat(0, 0, kStart);
  meter.OnHeartbeat(1, 0, kStart + LoadMeter::kSettleTime - 1s);
  EXPECT_FALSE(meter.load().settled);
  meter.OnHeartbeat(2, 0, kStart + LoadMeter::kSettleTime);
  EXPECT_TRUE(meter.load().settled);
}

TEST(LoadMeterTest, MeasuresAnewWhenTheRouteBecomesMoreWork) {
  LoadMeter meter;
  meter.OnRoute(Route::kPassThrough, kStart);
  meter.OnHeartbeat(0, 50, kStart);
  meter.OnHeartbeat(1, 50, kStart + LoadMeter::kSettleTime);
  EXPECT_TRUE(meter.load().settled);
  EXPECT_LT(meter.load().share, 1);
  EXPECT_EQ(meter.load().memory, 50U);
  meter.OnRoute(Route::kLadder, kStart + LoadMeter::kSettleTime);
  EXPECT_FALSE(meter.load().settled);
  EXPECT_EQ(meter.load().share, 1);
  meter.OnHeartbeat(2, 50, kStart + 2 * LoadMeter::kSettleTime);
  meter.OnRoute(Route::kIdle, kStart + 2 * LoadMeter::kSettleTime);
  EXPECT_TRUE(meter.load().settled);
}

TEST(LoadMeterTest, WaitsAnewForTheMemoryOfALargerSource) {
  LoadMeter meter;
  meter.OnDecoderMemory(40, kStart);
  meter.OnHeartbeat(0, 0, kStart);
  meter.OnHeartbeat(1, 0, kStart + LoadMeter::kSettleTime);
  EXPECT_TRUE(meter.load().settled);
  EXPECT_EQ(meter.load().decoder_memory, 40U);
  meter.OnDecoderMemory(30, kStart + LoadMeter::kSettleTime);
  EXPECT_TRUE(meter.load().settled);
  meter.OnDecoderMemory(50, kStart + LoadMeter::kSettleTime);
  EXPECT_FALSE(meter.load().settled);
}

}  // namespace
}  // namespace ingress::service
