#include "timing/arrival_clock.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace ingress {
namespace {

using namespace std::chrono_literals;

constexpr SessionTime kFrame = 21333us;

TEST(ArrivalClockTest, TakesJitterOutOfArrivals) {
  std::minstd_rand random(1);
  std::uniform_int_distribution<int> jitter(0, 40);
  ArrivalClock clock(0ms, kFrame, 600ms);
  SessionTime last{};
  for (int i = 1; i < 2000; ++i) {
    const SessionTime time = clock.Next(i * kFrame + std::chrono::milliseconds(jitter(random)), {});
    ASSERT_GT(time - last, kFrame * 85 / 100);
    ASSERT_LT(time - last, kFrame * 115 / 100);
    last = time;
  }
  EXPECT_LT(std::chrono::abs(last - 2000 * kFrame), 60ms);
}

TEST(ArrivalClockTest, FollowsDurationsWhereTheyAreKnown) {
  ArrivalClock clock(0ms, 5ms, 600ms);  // a wrong guess does not matter
  clock.Next(kFrame, kFrame);
  SessionTime last = clock.Next(2 * kFrame, kFrame);
  for (int i = 3; i < 100; ++i) {
    const SessionTime time = clock.Next(i * kFrame, kFrame);
    EXPECT_NEAR(static_cast<double>((time - last).count()), kFrame.count(), 0.1 * kFrame.count());
    last = time;
  }
}

TEST(ArrivalClockTest, LaysABunchInARow) {
  ArrivalClock clock(0ms, kFrame, 600ms);
  SessionTime last{};
  for (int bunch = 1; bunch < 40; ++bunch) {
    for (int i = 0; i < 10; ++i) {
      const SessionTime time = clock.Next(bunch * 10 * kFrame, kFrame);
      if (bunch > 1) ASSERT_NEAR(static_cast<double>((time - last) / 1us), 21333, 2200);
      last = time;
    }
  }
}

TEST(ArrivalClockTest, BeginsAnewAfterAHole) {
  ArrivalClock clock(0ms, 33ms, 150ms);
  EXPECT_EQ(clock.Next(5s, {}), 5s);
  EXPECT_NEAR(static_cast<double>(clock.Next(5033ms, {}) / 1ms), 5033, 4);
}

TEST(ArrivalClockTest, PressesTheBurstAfterAStallTogetherInOrder) {
  ArrivalClock clock(0ms, 33ms, 150ms);
  SessionTime last{};
  for (int i = 0; i < 150; ++i) {
    const SessionTime time = clock.Next(5s, {});
    ASSERT_GT(time, last);
    last = time;
  }
  EXPECT_LT(last, 5s + 150ms + 33ms + 150ms);
}

}  // namespace
}  // namespace ingress
