#include "pipeline/route/key_frame_request_throttle.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{};

/// A gate whose quick requests are used up; its last key frame was asked for before `kStart` - 1 h.
KeyFrameRequestThrottle SettledGate() {
  KeyFrameRequestThrottle gate;
  for (int i = 0; i < KeyFrameRequestThrottle::kQuickOnes; ++i) gate.Request(kStart - 2h + i * 1s);
  return gate;
}

TEST(KeyFrameRequestThrottleTest, FirstRequestPassesAtOnce) {
  KeyFrameRequestThrottle gate;
  EXPECT_TRUE(gate.Request(kStart));
  EXPECT_FALSE(gate.deadline());
}

TEST(KeyFrameRequestThrottleTest, StormOfRequestsMakesOneKeyFrame) {
  KeyFrameRequestThrottle gate = SettledGate();
  EXPECT_TRUE(gate.Request(kStart));
  EXPECT_FALSE(gate.Request(kStart + 1ms));
  gate.OnKeyFrame(kStart + 20ms);
  EXPECT_FALSE(gate.deadline());
  EXPECT_FALSE(gate.Poll(kStart + 10s));
}

TEST(KeyFrameRequestThrottleTest, RequestSoonAfterKeyFrameWaitsForTheSpacing) {
  KeyFrameRequestThrottle gate = SettledGate();
  gate.OnKeyFrame(kStart);
  EXPECT_FALSE(gate.Request(kStart + 100ms));
  EXPECT_EQ(gate.deadline(), kStart + 500ms);
  EXPECT_FALSE(gate.Poll(kStart + 499ms));
  EXPECT_TRUE(gate.Poll(kStart + 500ms));
  EXPECT_FALSE(gate.Poll(kStart + 501ms));
}

TEST(KeyFrameRequestThrottleTest, NaturalKeyFrameAnswersTheWaitingRequest) {
  KeyFrameRequestThrottle gate = SettledGate();
  gate.OnKeyFrame(kStart);
  EXPECT_FALSE(gate.Request(kStart + 100ms));
  gate.OnKeyFrame(kStart + 200ms);
  EXPECT_FALSE(gate.deadline());
}

TEST(KeyFrameRequestThrottleTest, ViewerThatBindsAfterTheFirstKeyFrameHardlyWaits) {
  KeyFrameRequestThrottle gate;
  EXPECT_TRUE(gate.Request(kStart));
  gate.OnKeyFrame(kStart + 20ms);
  EXPECT_FALSE(gate.Request(kStart + 40ms));
  EXPECT_EQ(gate.deadline(), kStart + 20ms + KeyFrameRequestThrottle::kQuickSpacing);
  EXPECT_TRUE(gate.Poll(kStart + 20ms + KeyFrameRequestThrottle::kQuickSpacing));
}

TEST(KeyFrameRequestThrottleTest, QuickRequestsAreFew) {
  KeyFrameRequestThrottle gate;
  int granted = 0;
  for (auto now = kStart; now < kStart + 1s; now += 10ms) granted += gate.Request(now) ? 1 : 0;
  EXPECT_EQ(granted, KeyFrameRequestThrottle::kQuickOnes + 1);
}

TEST(KeyFrameRequestThrottleTest, EnabledLayerGetsOneMoreKeyFrameUnasked) {
  KeyFrameRequestThrottle gate = SettledGate();
  gate.OnEnabled();
  EXPECT_TRUE(gate.Request(kStart));
  EXPECT_FALSE(gate.deadline());
  gate.OnKeyFrame(kStart + 40ms);
  EXPECT_EQ(gate.deadline(), kStart + 40ms + KeyFrameRequestThrottle::kSecondAfter);
  EXPECT_FALSE(gate.Poll(kStart + 200ms));
  EXPECT_TRUE(gate.Poll(kStart + 220ms));
  gate.OnKeyFrame(kStart + 240ms);
  EXPECT_FALSE(gate.deadline());
}

TEST(KeyFrameRequestThrottleTest, RequestDoesNotPutOffTheSecondKeyFrame) {
  KeyFrameRequestThrottle gate = SettledGate();
  gate.OnEnabled();
  gate.OnKeyFrame(kStart);
  EXPECT_FALSE(gate.Request(kStart + 10ms));
  EXPECT_EQ(gate.deadline(), kStart + KeyFrameRequestThrottle::kSecondAfter);
  EXPECT_TRUE(gate.Poll(kStart + KeyFrameRequestThrottle::kSecondAfter));
  EXPECT_FALSE(gate.deadline());
}

TEST(KeyFrameRequestThrottleTest, KeyFrameThatComesByItselfIsTheSecondOnlyWhenLateEnough) {
  KeyFrameRequestThrottle gate = SettledGate();
  gate.OnEnabled();
  gate.OnKeyFrame(kStart);
  gate.OnKeyFrame(kStart + 60ms);
  EXPECT_EQ(gate.deadline(), kStart + KeyFrameRequestThrottle::kSecondAfter);
  gate.OnKeyFrame(kStart + 160ms);
  EXPECT_FALSE(gate.deadline());
}

}  // namespace
}  // namespace ingress::pipeline
