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
}

TEST(TransportFeedbackTrackerTest, SaysWhatBecameOfEachPacket) {
  TransportFeedbackTracker tracker;
  for (int i = 0; i < 3; ++i) tracker.OnSent(1000 + static_cast<std::size_t>(i), kStart + i * 10ms);
  const auto results = tracker.OnFeedback(Feedback(1, {500ms, kLost, 530ms}));
  ASSERT_EQ(results.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    const PacketResult& result = results[static_cast<std::size_t>(i)];
    EXPECT_EQ(result.size, 1000U + static_cast<std::size_t>(i));
    EXPECT_EQ(result.sent_at, kStart + i * 10ms);
  }
  EXPECT_EQ(results[0].arrival, 500ms);
  EXPECT_EQ(results[1].arrival, std::nullopt);
  EXPECT_EQ(results[2].arrival, 530ms);
}

TEST(TransportFeedbackTrackerTest, CountsAPacketOnce) {
  TransportFeedbackTracker tracker;
  tracker.OnSent(1000, kStart);
  EXPECT_EQ(tracker.OnFeedback(Feedback(1, {0us})).size(), 1U);
  EXPECT_TRUE(tracker.OnFeedback(Feedback(1, {0us})).empty());
}

TEST(TransportFeedbackTrackerTest, IgnoresNumbersNeverSent) {
  TransportFeedbackTracker tracker;
  tracker.OnSent(1000, kStart);
  EXPECT_TRUE(tracker.OnFeedback(Feedback(2, {0us, 1us})).empty());
  EXPECT_TRUE(tracker.OnFeedback(Feedback(0, {0us})).empty());
  EXPECT_TRUE(tracker.OnFeedback({}).empty());
}

TEST(TransportFeedbackTrackerTest, FollowsBothWraps) {
  TransportFeedbackTracker tracker;
  for (int i = 1; i < 65535; ++i) tracker.OnSent(1, kStart);
  for (int i = 0; i < 3; ++i) tracker.OnSent(1000, kStart + i * 1ms);  // 65535, 0, 1
  const auto results = tracker.OnFeedback(Feedback(65535, {kCycle - 1ms, 0us, 1ms}));
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(*results[1].arrival - *results[0].arrival, 1ms);  // the receiver's clock wraps too
  EXPECT_EQ(*results[2].arrival - *results[1].arrival, 1ms);
}

}  // namespace
}  // namespace ingress::rtp
