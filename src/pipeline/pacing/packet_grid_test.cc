#include "pipeline/pacing/packet_grid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(PacketGridTest, PutsRoundedTimesOnAnExactGrid) {
  PacketGrid grid;
  for (int i = 0; i < 1000; ++i) {
    const auto pts = std::chrono::milliseconds(std::lround(i * 2.5));
    EXPECT_EQ(grid.Place(100ms + pts, 2500us), 100ms + i * 2500us);
  }
}

TEST(PacketGridTest, LeavesAHoleOfWholePackets) {
  PacketGrid grid;
  grid.Place(0ms, 20ms);
  EXPECT_EQ(grid.Place(421ms, 20ms), 420ms);  // DTX: nothing was sent
  EXPECT_EQ(grid.Place(440ms, 20ms), 440ms);
}

TEST(PacketGridTest, LeavesOutWhatHasBeenPlayed) {
  PacketGrid grid;
  for (int i = 0; i < 100; ++i) grid.Place(i * 20ms, 20ms);
  EXPECT_EQ(grid.Place(1'000ms, 20ms), std::nullopt);
  EXPECT_EQ(grid.Place(1'500ms, 20ms), std::nullopt);
  EXPECT_EQ(grid.Place(2'000ms, 20ms), 2'000ms);
}

TEST(PacketGridTest, StaysWithADriftingClock) {
  for (const double speed : {1.0002, 0.9998}) {
    PacketGrid grid;
    SessionTime last{-20ms};
    int breaks = 0;
    for (int i = 0; i < 180'000; ++i) {  // an hour
      const auto pts = std::chrono::milliseconds(std::lround(i * 20 * speed));
      const auto time = grid.Place(pts, 20ms);
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
