#include "rtp_receive/missing_packets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::rtp_receive {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

TEST(RepairTimeTest, FollowsWhatIsMeasured) {
  RepairTime repair;
  EXPECT_FALSE(repair.known());
  repair.OnRepaired(40ms, 40ms);
  EXPECT_EQ(repair.time(), 40ms);
  for (int i = 0; i < 100; ++i) repair.OnRepaired(80ms, 80ms);
  EXPECT_NEAR(static_cast<double>(repair.time() / 1us), 80'000, 100);
}

TEST(RepairTimeTest, RecoversFromAPacketThatWasOnlyOvertaken) {
  RepairTime repair;
  repair.OnRepaired(1ms, 1ms);
  repair.OnRepaired(60ms, 60ms);
  repair.OnRepaired(60ms, 60ms);
  EXPECT_GE(repair.time(), 45ms);
  RepairTime early;
  early.OnRepaired(-1ms, -1ms);  // it lay in the socket when it was asked for
  EXPECT_EQ(early.time(), 0ms);
}

TEST(RepairTimeTest, TakesAnAnswerThatComesTooSoonForThatToTheRequestBefore) {
  RepairTime repair;
  repair.OnRepaired(100ms, 100ms);
  repair.OnRepaired(3ms, 128ms);  // asked again after 125 ms, 3 ms before it came
  EXPECT_GT(repair.time(), 100ms);
  EXPECT_LT(repair.time(), 128ms);
}

TEST(RepairTimeTest, HoldsUntilTheFifthRequestCanBeAnsweredWithinLimits) {
  RepairTime repair;
  EXPECT_EQ(repair.hold(), 5ms + 3 * 125ms) << "nothing is known to be answered";
  repair.OnRepaired(60ms, 60ms);
  EXPECT_EQ(repair.hold(), 5ms + 5 * 75ms);
  RepairTime near;
  near.OnRepaired(1ms, 1ms);
  EXPECT_EQ(near.hold(), 5ms + 4 * RepairTime::kLeastRepeat + 1250us);
  RepairTime at_hand;
  at_hand.OnRepaired(0ms, 0ms);
  EXPECT_GE(at_hand.hold(), RepairTime::kLeastHold);
  RepairTime far;
  far.OnRepaired(500ms, 500ms);
  EXPECT_EQ(far.hold(), RepairTime::kMaxHold);
}

TEST(MissingPacketsTest, AsksAfterFiveMilliseconds) {
  MissingPackets missing(true);
  ASSERT_TRUE(missing.Add(100, 101, kStart));
  missing.OnNewest(102);
  EXPECT_EQ(missing.deadline(), kStart + 5ms);
  EXPECT_THAT(missing.TakeDue(kStart + 4ms), IsEmpty());
  EXPECT_THAT(missing.TakeDue(kStart + 5ms), ElementsAre(100, 101));
}

TEST(MissingPacketsTest, AsksAtOnceForWhatThreePacketsHavePassed) {
  MissingPackets missing(true);
  ASSERT_TRUE(missing.Add(100, 100, kStart));
  missing.OnNewest(102);
  EXPECT_THAT(missing.TakeDue(kStart), IsEmpty());
  missing.OnNewest(103);
  EXPECT_THAT(missing.TakeDue(kStart), ElementsAre(100));
}

TEST(MissingPacketsTest, DoesNotAskForWhatWasOnlyOvertaken) {
  MissingPackets missing(true);
  ASSERT_TRUE(missing.Add(100, 100, kStart));
  EXPECT_FALSE(missing.OnArrived(100, kStart + 2ms));
  EXPECT_THAT(missing.TakeDue(kStart + 1s), IsEmpty());
  EXPECT_EQ(missing.deadline(), TimePoint::max());
  EXPECT_FALSE(missing.repair_time().known());
}

TEST(MissingPacketsTest, RepeatsAfterTheRepairTimeSixTimesInAll) {
  MissingPackets missing(true);
  ASSERT_TRUE(missing.Add(1, 1, kStart));
  missing.OnNewest(9);
  missing.TakeDue(kStart);
  EXPECT_TRUE(missing.OnArrived(1, kStart + 40ms));
  ASSERT_TRUE(missing.Add(10, 10, kStart + 1s));
  int requests = 0;
  for (TimePoint now = kStart + 1s; now < kStart + 3s; now += 1ms) {
    if (missing.TakeDue(now).empty()) continue;
    EXPECT_EQ(now, kStart + 1s + 5ms + requests * 50ms);
    ++requests;
  }
  EXPECT_EQ(requests, MissingPackets::kMaxRequests);
  EXPECT_EQ(missing.deadline(), TimePoint::max());
  EXPECT_EQ(missing.requested(), 1U + MissingPackets::kMaxRequests);
}

TEST(MissingPacketsTest, AsksTogetherForWhatFallsDueWithinATick) {
  MissingPackets missing(true);
  ASSERT_TRUE(missing.Add(100, 100, kStart));
  EXPECT_THAT(missing.TakeDue(kStart + 5ms), ElementsAre(100));
  ASSERT_TRUE(missing.Add(103, 103, kStart + 1ms));
  ASSERT_TRUE(missing.Add(105, 105, kStart + 4ms));
  EXPECT_THAT(missing.TakeDue(kStart + 6ms), IsEmpty());
  EXPECT_EQ(missing.deadline(), kStart + 10ms);
  EXPECT_THAT(missing.TakeDue(kStart + 10ms), ElementsAre(103, 105));
}

TEST(MissingPacketsTest, GivesUpABurstThatIsTooLong) {
  MissingPackets missing(true);
  EXPECT_TRUE(missing.Add(1, 500, kStart));
  EXPECT_FALSE(missing.Add(600, 620, kStart));
  EXPECT_TRUE(missing.empty());
  EXPECT_FALSE(missing.Add(1'000, 1'599, kStart));
  EXPECT_TRUE(missing.Add(2'000, 2'000, kStart));
}

TEST(MissingPacketsTest, LearnsFromWhatComesTooLate) {
  MissingPackets missing(true);
  ASSERT_TRUE(missing.Add(100, 101, kStart));
  missing.TakeDue(kStart + 5ms);
  missing.GiveUpBefore(102);
  EXPECT_FALSE(missing.Contains(100));
  EXPECT_FALSE(missing.OnArrived(100, kStart + 305ms));  // no repair any more …
  EXPECT_EQ(missing.repair_time().time(), 300ms);        // … but so long do they take
}

TEST(MissingPacketsTest, GivesUpWhatIsOfNoUseAnyMore) {
  MissingPackets missing(true);
  ASSERT_TRUE(missing.Add(100, 104, kStart));
  missing.GiveUpBefore(103);
  EXPECT_FALSE(missing.Contains(102));
  EXPECT_EQ(missing.Since(103), kStart);
  EXPECT_THAT(missing.TakeDue(kStart + 1s), SizeIs(2));
}

TEST(MissingPacketsTest, AsksNobodyWhoDoesNotUnderstandIt) {
  MissingPackets missing(false);
  ASSERT_TRUE(missing.Add(100, 104, kStart));
  missing.OnNewest(200);
  EXPECT_THAT(missing.TakeDue(kStart + 1s), IsEmpty());
  EXPECT_EQ(missing.deadline(), TimePoint::max());
}

TEST(MissingPacketsTest, NamesNumbersBehindTheirWrap) {
  MissingPackets missing(true);
  ASSERT_TRUE(missing.Add(131'071, 131'072, kStart));
  EXPECT_THAT(missing.TakeDue(kStart + 5ms), ElementsAre(65'535, 0));
}

}  // namespace
}  // namespace ingress::rtp_receive
