#include "handler/key_frame_gate.h"

#include <gtest/gtest.h>

namespace ingress::handler {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{};

TEST(KeyFrameGateTest, FirstRequestPassesAtOnce) {
  KeyFrameGate gate;
  EXPECT_TRUE(gate.Request(kStart));
  EXPECT_FALSE(gate.deadline());
}

TEST(KeyFrameGateTest, StormOfRequestsMakesOneKeyFrame) {
  KeyFrameGate gate;
  EXPECT_TRUE(gate.Request(kStart));
  EXPECT_FALSE(gate.Request(kStart + 1ms));
  gate.OnKeyFrame(kStart + 20ms);
  EXPECT_FALSE(gate.deadline());
  EXPECT_FALSE(gate.Poll(kStart + 10s));
}

TEST(KeyFrameGateTest, RequestSoonAfterKeyFrameWaitsForTheSpacing) {
  KeyFrameGate gate;
  gate.OnKeyFrame(kStart);
  EXPECT_FALSE(gate.Request(kStart + 100ms));
  EXPECT_EQ(gate.deadline(), kStart + 500ms);
  EXPECT_FALSE(gate.Poll(kStart + 499ms));
  EXPECT_TRUE(gate.Poll(kStart + 500ms));
  EXPECT_FALSE(gate.Poll(kStart + 501ms));
}

TEST(KeyFrameGateTest, NaturalKeyFrameAnswersTheWaitingRequest) {
  KeyFrameGate gate;
  gate.OnKeyFrame(kStart);
  EXPECT_FALSE(gate.Request(kStart + 100ms));
  gate.OnKeyFrame(kStart + 200ms);
  EXPECT_FALSE(gate.deadline());
}

}  // namespace
}  // namespace ingress::handler
