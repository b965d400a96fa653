#include "pipeline/pacing/timestamp_smoother.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(TimestampSmootherTest, PutsRoundedTimesOnAnExactGrid) {
  TimestampSmoother smoother;
  for (int i = 0; i < 1000; ++i) {
    const auto pts = std::chrono::milliseconds(std::lround(i * 2.5));
    EXPECT_EQ(smoother.Place(100ms + pts, 2500us), 100ms + i * 2500us);
  }
}

TEST(TimestampSmootherTest, LeavesAHoleOfWholePackets) {
  TimestampSmoother smoother;
  smoother.Place(0ms, 20ms);
  EXPECT_EQ(smoother.Place(421ms, 20ms), 420ms);  // DTX: nothing was sent
  EXPECT_EQ(smoother.Place(440ms, 20ms), 440ms);
}

TEST(TimestampSmootherTest, LeavesAHoleOfOnePacketWhereTimesAreExact) {
  TimestampSmoother smoother;
  for (int i = 0; i < 500; ++i) {
    if (i % 10 == 5) continue;  // lost
    EXPECT_EQ(smoother.Place(i * 20ms, 20ms, true), i * 20ms);
  }
}

TEST(TimestampSmootherTest, LeavesOutWhatHasBeenPlayed) {
  TimestampSmoother smoother;
  for (int i = 0; i < 100; ++i) smoother.Place(i * 20ms, 20ms);
  EXPECT_EQ(smoother.Place(1'000ms, 20ms), std::nullopt);
  EXPECT_EQ(smoother.Place(1'500ms, 20ms), std::nullopt);
  EXPECT_EQ(smoother.Place(2'000ms, 20ms), 2'000ms);
}

TEST(TimestampSmootherTest, StaysWithADriftingClock) {
  for (const auto& [speed, exact] :
       {std::pair(1.0002, false), {0.9998, false}, {1.0002, true}, {0.9998, true}}) {
    TimestampSmoother smoother;
    SessionTime last{-20ms};
    int breaks = 0;
    for (int i = 0; i < 180'000; ++i) {  // an hour
      const auto pts = std::chrono::milliseconds(std::lround(i * 20 * speed));
      const auto time = smoother.Place(pts, 20ms, exact);
      if (!time || *time != last + 20ms) ++breaks;
      if (!time) continue;
      ASSERT_GT(*time, last);
      ASSERT_LT(abs(*time - pts), 50ms);
      last = *time;
    }
    EXPECT_LT(breaks, 40) << speed;  // 720 ms in steps of 20 ms
  }
}

}  // namespace
}  // namespace ingress::pipeline
