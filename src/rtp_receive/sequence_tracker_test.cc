#include "rtp_receive/sequence_tracker.h"

#include <gtest/gtest.h>

namespace ingress::rtp_receive {
namespace {

std::int64_t Placed(SequenceTracker& tracker, rtp::SequenceNumber sequence) {
  const auto place = tracker.Next(sequence);
  if (!place || place->restarted) {
    ADD_FAILURE() << sequence << " is not in line";
    return 0;
  }
  return place->sequence;
}

TEST(SequenceTrackerTest, ExtendsAcrossWrapsAndGaps) {
  SequenceTracker tracker;
  const std::int64_t first = Placed(tracker, 65'534);
  EXPECT_EQ(Placed(tracker, 65'535), first + 1);
  EXPECT_EQ(Placed(tracker, 2), first + 4);
  EXPECT_EQ(Placed(tracker, 0), first + 2);  // overtaken
  EXPECT_EQ(Placed(tracker, 2'900), first + 2'902);
}

TEST(SequenceTrackerTest, DropsAPacketThatLiesFarOffAndStaysAlone) {
  SequenceTracker tracker;
  const std::int64_t first = Placed(tracker, 100);
  EXPECT_FALSE(tracker.Next(30'000).has_value());
  EXPECT_EQ(Placed(tracker, 101), first + 1);
  EXPECT_FALSE(tracker.Next(30'001).has_value());  // does not follow 30 000 directly
  EXPECT_EQ(Placed(tracker, 102), first + 2);
}

TEST(SequenceTrackerTest, FollowsASenderThatBeginsAnew) {
  SequenceTracker tracker;
  const std::int64_t first = Placed(tracker, 100);
  EXPECT_FALSE(tracker.Next(40'000).has_value());
  const auto restarted = tracker.Next(40'001);
  ASSERT_TRUE(restarted.has_value());
  EXPECT_TRUE(restarted->restarted);
  EXPECT_GT(restarted->sequence, first);
  EXPECT_EQ(restarted->sequence % 65'536, 40'001);
  EXPECT_EQ(Placed(tracker, 40'002), restarted->sequence + 1);
}

TEST(SequenceTrackerTest, FollowsARestartBackwards) {
  SequenceTracker tracker;
  const std::int64_t first = Placed(tracker, 20'000);
  EXPECT_FALSE(tracker.Next(0).has_value());
  const auto restarted = tracker.Next(1);
  ASSERT_TRUE(restarted.has_value());
  EXPECT_TRUE(restarted->restarted);
  EXPECT_GT(restarted->sequence, first);
}

}  // namespace
}  // namespace ingress::rtp_receive
