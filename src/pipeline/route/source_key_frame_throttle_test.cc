#include "pipeline/route/source_key_frame_throttle.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(SourceKeyFrameThrottleTest, AsksOnceForAllWhoNeedOneWithinItsSpacing) {
  SourceKeyFrameThrottle throttle;
  const TimePoint now{1000s};
  EXPECT_TRUE(throttle.Ask(now));
  EXPECT_FALSE(throttle.Ask(now));
  EXPECT_FALSE(throttle.Ask(now + SourceKeyFrameThrottle::kSpacing - 1ns));
  EXPECT_TRUE(throttle.Ask(now + SourceKeyFrameThrottle::kSpacing));
  EXPECT_FALSE(throttle.Ask(now + SourceKeyFrameThrottle::kSpacing + 1ms));
}

}  // namespace
}  // namespace ingress::pipeline
