#include "input/whip/patch_rate.h"

#include <gtest/gtest.h>

namespace ingress::input {
namespace {

using namespace std::chrono_literals;

TEST(PatchRateTest, LetsABurstThroughAndThenTenASecond) {
  PatchRate rate;
  const TimePoint start{100s};
  int allowed = 0;
  for (int i = 0; i < 100; ++i) allowed += rate.Allow(start) ? 1 : 0;
  EXPECT_EQ(allowed, 40);
  EXPECT_FALSE(rate.Allow(start + 99ms));
  EXPECT_TRUE(rate.Allow(start + 201ms));
  EXPECT_TRUE(rate.Allow(start + 202ms));
  EXPECT_FALSE(rate.Allow(start + 203ms));
}

}  // namespace
}  // namespace ingress::input
