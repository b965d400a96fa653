#include "media/frame_rate_meter.h"

#include <gtest/gtest.h>

namespace ingress::media {
namespace {

using std::chrono::milliseconds;

TEST(FrameRateMeterTest, ReportsASlowerSourceOnce) {
  FrameRateMeter meter;
  meter.Expect(30);
  int reports = 0;
  for (int i = 0; i < 150; ++i) {
    if (const auto rate = meter.Add(milliseconds(i * 66))) {
      EXPECT_NEAR(*rate, 15.15, 0.1);
      ++reports;
    }
  }
  EXPECT_EQ(reports, 1);
}

TEST(FrameRateMeterTest, IsSilentWhenTheRateIsAsExpected) {
  FrameRateMeter meter;
  meter.Expect(30);
  for (int i = 0; i < 300; ++i) EXPECT_FALSE(meter.Add(milliseconds(i * 33)));
}

TEST(FrameRateMeterTest, DoesNotTakeAPauseForASlowSource) {
  FrameRateMeter meter;
  meter.Expect(30);
  for (int i = 0; i < 300; ++i) EXPECT_FALSE(meter.Add(milliseconds(i * 33 + i / 100 * 5000)));
}

}  // namespace
}  // namespace ingress::media
