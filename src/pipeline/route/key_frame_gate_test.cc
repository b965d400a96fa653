#include "pipeline/route/key_frame_gate.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{};

/// A gate whose quick requests are used up; its last key frame was asked for before `kStart` - 1 h.
KeyFrameGate SettledGate() {
  KeyFrameGate gate;
  for (int i = 0; i < KeyFrameGate::kQuickOnes; ++i) gate.Request(kStart - 2h + i * 1s);
  return gate;
}

TEST(KeyFrameGateTest, FirstRequestPassesAtOnce) {
  KeyFrameGate gate;
  EXPECT_TRUE(gate.Request(kStart));
  EXPECT_FALSE(gate.deadline());
}

TEST(KeyFrameGateTest, StormOfRequestsMakesOneKeyFrame) {
  KeyFrameGate gate = SettledGate();
  EXPECT_TRUE(gate.Request(kStart));
  EXPECT_FALSE(gate.Request(kStart + 1ms));
  gate.OnKeyFrame(kStart + 20ms);
  EXPECT_FALSE(gate.deadline());
  EXPECT_FALSE(gate.Poll(kStart + 10s));
}

TEST(KeyFrameGateTest, RequestSoonAfterKeyFrameWaitsForTheSpacing) {
  KeyFrameGate gate = SettledGate();
  gate.OnKeyFrame(kStart);
  EXPECT_FALSE(gate.Request(kStart + 100ms));
  EXPECT_EQ(gate.deadline(), kStart + 500ms);
  EXPECT_FALSE(gate.Poll(kStart + 499ms));
  EXPECT_TRUE(gate.Poll(kStart + 500ms));
  EXPECT_FALSE(gate.Poll(kStart + 501ms));
}

TEST(KeyFrameGateTest, NaturalKeyFrameAnswersTheWaitingRequest) {
  KeyFrameGate gate = SettledGate();
  gate.OnKeyFrame(kStart);
  EXPECT_FALSE(gate.Request(kStart + 100ms));
  gate.OnKeyFrame(kStart + 200ms);
  EXPECT_FALSE(gate.deadline());
}

TEST(KeyFrameGateTest, ViewerThatBindsAfterTheFirstKeyFrameHardlyWaits) {
  KeyFrameGate gate;
  EXPECT_TRUE(gate.Request(kStart));
  gate.OnKeyFrame(kStart + 20ms);
  EXPECT_FALSE(gate.Request(kStart + 40ms));
  EXPECT_EQ(gate.deadline(), kStart + 20ms + KeyFrameGate::kQuickSpacing);
  EXPECT_TRUE(gate.Poll(kStart + 20ms + KeyFrameGate::kQuickSpacing));
}

TEST(KeyFrameGateTest, QuickRequestsAreFew) {
  KeyFrameGate gate;
  int granted = 0;
  for (auto now = kStart; now < kStart + 1s; now += 10ms) granted += gate.Request(now) ? 1 : 0;
  EXPECT_EQ(granted, KeyFrameGate::kQuickOnes + 1);
}

TEST(KeyFrameGateTest, EnabledLayerGetsOneMoreKeyFrameUnasked) {
  KeyFrameGate gate = SettledGate();
  gate.OnEnabled();
  EXPECT_TRUE(gate.Request(kStart));
  EXPECT_FALSE(gate.deadline());
  gate.OnKeyFrame(kStart + 40ms);
  EXPECT_EQ(gate.deadline(), kStart + 40ms + KeyFrameGate::kSecondAfter);
  EXPECT_FALSE(gate.Poll(kStart + 200ms));
  EXPECT_TRUE(gate.Poll(kStart + 220ms));
  gate.OnKeyFrame(kStart + 240ms);
  EXPECT_FALSE(gate.deadline());
}

TEST(KeyFrameGateTest, RequestDoesNotPutOffTheSecondKeyFrame) {
  KeyFrameGate gate = SettledGate();
  gate.OnEnabled();
  gate.OnKeyFrame(kStart);
  EXPECT_FALSE(gate.Request(kStart + 10ms));
  EXPECT_EQ(gate.deadline(), kStart + KeyFrameGate::kSecondAfter);
  EXPECT_TRUE(gate.Poll(kStart + KeyFrameGate::kSecondAfter));
  EXPECT_FALSE(gate.deadline());
}

TEST(KeyFrameGateTest, KeyFrameThatComesByItselfIsTheSecondOnlyWhenLateEnough) {
  KeyFrameGate gate = SettledGate();
  gate.OnEnabled();
  gate.OnKeyFrame(kStart);
  gate.OnKeyFrame(kStart + 60ms);
  EXPECT_EQ(gate.deadline(), kStart + KeyFrameGate::kSecondAfter);
  gate.OnKeyFrame(kStart + 160ms);
  EXPECT_FALSE(gate.deadline());
}

}  // namespace
}  // namespace ingress::pipeline
