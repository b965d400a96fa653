#include "rtp/twcc.h"

#include <gtest/gtest.h>

namespace ingress::rtp {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr TimePoint kStart{1h};
constexpr microseconds kCycle{std::int64_t{64'000} << 24};

TransportFeedback Feedback(std::uint16_t base, std::initializer_list<microseconds> arrivals) {
  TransportFeedback feedback;
  for (const microseconds arrival : arrivals) {
    feedback.packets.push_back(
        {.sequence = base++, .received = arrival >= 0us, .arrival = arrival});
  }
  return feedback;
}

constexpr microseconds kLost = -1us;

TEST(TransportFeedbackTrackerTest, NumbersPacketsFromOne) {
  TransportFeedbackTracker tracker;
  EXPECT_EQ(tracker.OnSent(1000, kStart), 1);
  EXPECT_EQ(tracker.OnSent(1000, kStart), 2);
  EXPECT_FALSE(tracker.estimate());
}

TEST(TransportFeedbackTrackerTest, SumsUpLossRateAndDelay) {
  TransportFeedbackTracker tracker;
  for (int i = 0; i < 5; ++i) tracker.OnSent(1250, kStart + i * 10ms);
  const auto path = tracker.OnFeedback(Feedback(1, {500ms, 512ms, kLost, 530ms, 550ms}), kStart);
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(path->received, 4U);
  EXPECT_EQ(path->lost, 1U);
  EXPECT_DOUBLE_EQ(path->loss, 0.2);
  EXPECT_EQ(path->delivered_bps, 600'000U);  // 3 × 1250 bytes in 50 ms
  EXPECT_EQ(path->delay_growth, 10ms);       // sent over 40 ms, arrived over 50
}

TEST(TransportFeedbackTrackerTest, CountsAPacketOnce) {
  TransportFeedbackTracker tracker;
  tracker.OnSent(1000, kStart);
  EXPECT_TRUE(tracker.OnFeedback(Feedback(1, {0us}), kStart));
  EXPECT_FALSE(tracker.OnFeedback(Feedback(1, {0us}), kStart));
  EXPECT_EQ(tracker.estimate()->received, 1U);
}

TEST(TransportFeedbackTrackerTest, IgnoresNumbersNeverSent) {
  TransportFeedbackTracker tracker;
  tracker.OnSent(1000, kStart);
  EXPECT_FALSE(tracker.OnFeedback(Feedback(2, {0us, 1us}), kStart));
  EXPECT_FALSE(tracker.OnFeedback(Feedback(0, {0us}), kStart));
  EXPECT_FALSE(tracker.OnFeedback({}, kStart));
}

TEST(TransportFeedbackTrackerTest, FollowsBothWraps) {
  TransportFeedbackTracker tracker;
  for (int i = 1; i < 65535; ++i) tracker.OnSent(1, kStart);
  for (int i = 0; i < 3; ++i) tracker.OnSent(1000, kStart + i * 1ms);  // 65535, 0, 1
  const auto path =
      tracker.OnFeedback(Feedback(65535, {kCycle - 1ms, 0us, 1ms}), kStart);  // clock wraps too
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(path->received, 3U);
  EXPECT_EQ(path->delivered_bps, 8'000'000U);  // 2 × 1000 bytes in 2 ms
  EXPECT_EQ(path->delay_growth, 0us);
}

TEST(TransportFeedbackTrackerTest, ForgetsFeedbackAfterTheWindow) {
  TransportFeedbackTracker tracker;
  for (int i = 0; i < 4; ++i) tracker.OnSent(1000, kStart);
  tracker.OnFeedback(Feedback(1, {kLost, kLost}), kStart);
  EXPECT_DOUBLE_EQ(tracker.estimate()->loss, 1.0);
  tracker.OnFeedback(Feedback(3, {0us, 1ms}), kStart + 1001ms);
  EXPECT_DOUBLE_EQ(tracker.estimate()->loss, 0.0);
}

}  // namespace
}  // namespace ingress::rtp
