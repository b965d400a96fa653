#include "observability/line_throttle.h"

#include <gtest/gtest.h>

namespace ingress::observability {
namespace {

using namespace std::chrono_literals;

constexpr LineThrottle::TimePoint kStart{1h};

TEST(LineThrottleTest, WritesTheFirstLinesOfAWindowAndCountsTheRest) {
  LineThrottle throttle(2, 10s);
  EXPECT_TRUE(throttle.Allow(kStart));
  EXPECT_TRUE(throttle.Allow(kStart + 1s));
  EXPECT_FALSE(throttle.Allow(kStart + 2s));
  EXPECT_FALSE(throttle.Allow(kStart + 9s));
  EXPECT_EQ(throttle.TakeLeftOut(kStart + 9s), 0u);
  EXPECT_EQ(throttle.TakeLeftOut(kStart + 10s), 2u);
  EXPECT_EQ(throttle.TakeLeftOut(kStart + 11s), 0u);
}

TEST(LineThrottleTest, BeginsAnewAfterAWindow) {
  LineThrottle throttle(1, 10s);
  EXPECT_TRUE(throttle.Allow(kStart));
  EXPECT_FALSE(throttle.Allow(kStart + 5s));
  EXPECT_TRUE(throttle.Allow(kStart + 10s));
  EXPECT_FALSE(throttle.Allow(kStart + 19s));
  EXPECT_EQ(throttle.TakeLeftOut(kStart + 20s), 2u);
}

}  // namespace
}  // namespace ingress::observability
