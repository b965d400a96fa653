#include "media/frame_rate_cap.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ingress::media {
namespace {

using std::chrono::milliseconds;

/// How many of `seconds` of a source with times rounded to milliseconds pass the cap.
int Admitted(double source_rate, double cap_rate, int seconds = 10) {
  FrameRateCap cap(cap_rate);
  int admitted = 0;
  for (int i = 0; i < static_cast<int>(source_rate * seconds); ++i) {
    if (cap.Admit(milliseconds(std::lround(i * 1000 / source_rate)))) ++admitted;
  }
  return admitted;
}

TEST(FrameRateCapTest, KeepsAllPicturesOfASlowerOrEqualSource) {
  EXPECT_EQ(Admitted(30, 30), 300);
  EXPECT_EQ(Admitted(29.97, 30), 299);
  EXPECT_EQ(Admitted(25, 30), 250);
  EXPECT_EQ(Admitted(5, 30), 50);
}

TEST(FrameRateCapTest, HalvesADoubleRate) { EXPECT_NEAR(Admitted(60, 30), 300, 1); }

TEST(FrameRateCapTest, HoldsTheMeanForOtherRatios) {
  EXPECT_NEAR(Admitted(50, 30), 300, 3);
  EXPECT_NEAR(Admitted(120, 30), 300, 3);
  EXPECT_NEAR(Admitted(60, 25), 250, 3);
}

TEST(FrameRateCapTest, GoesOnAfterAGapWithoutABurst) {
  FrameRateCap cap(30);
  EXPECT_TRUE(cap.Admit(milliseconds(0)));
  EXPECT_TRUE(cap.Admit(milliseconds(5000)));
  EXPECT_FALSE(cap.Admit(milliseconds(5010)));
  EXPECT_TRUE(cap.Admit(milliseconds(5033)));
}

TEST(FrameRateCapTest, FollowsWhenTimeGoesBack) {
  FrameRateCap cap(30);
  EXPECT_TRUE(cap.Admit(milliseconds(5000)));
  EXPECT_TRUE(cap.Admit(milliseconds(1000)));
  EXPECT_FALSE(cap.Admit(milliseconds(1010)));
  EXPECT_TRUE(cap.Admit(milliseconds(1033)));
}

}  // namespace
}  // namespace ingress::media
