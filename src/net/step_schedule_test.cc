#include "net/step_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace ingress::net {
namespace {

using namespace std::chrono_literals;
using Rank = FairQueue::Rank;

class StepScheduleTest : public testing::Test {
 protected:
  /// The step that is under way takes so long.
  void Work(std::chrono::nanoseconds took) {
    now_ += took;
    schedule_.OnDone(took, now_);
  }

  /// How long nothing may begin from now on.
  std::chrono::nanoseconds rest() const {
    return std::max(0ns, std::chrono::nanoseconds(schedule_.rests_until() - now_));
  }

  StepSchedule schedule_;
  TimePoint now_{1h};
};

TEST_F(StepScheduleTest, OneStepRunsAtATime) {
  EXPECT_TRUE(schedule_.TryBegin(now_));
  EXPECT_FALSE(schedule_.TryBegin(now_));
  EXPECT_EQ(schedule_.Next(now_), std::nullopt);
  Work(10us);
  EXPECT_TRUE(schedule_.TryBegin(now_));
}

TEST_F(StepScheduleTest, NobodyOvertakesThoseWhoWait) {
  ASSERT_TRUE(schedule_.TryBegin(now_));
  const auto first = schedule_.Ask("a", Rank::kFirst);
  Work(10us);
  EXPECT_FALSE(schedule_.TryBegin(now_));
  EXPECT_EQ(schedule_.Next(now_), first);
  EXPECT_EQ(schedule_.Next(now_), std::nullopt) << "its step is under way";
  Work(10us);
  EXPECT_EQ(schedule_.Next(now_), std::nullopt) << "nobody waits";
  EXPECT_TRUE(schedule_.TryBegin(now_));
}

TEST_F(StepScheduleTest, WhoComesIsNotBehindAFloodAndWhoHasBegunIsFirst) {
  ASSERT_TRUE(schedule_.TryBegin(now_));
  for (int i = 0; i < 1000; ++i) schedule_.Ask("flood " + std::to_string(i), Rank::kFirst);
  const auto begun = schedule_.Ask("b", Rank::kBegun);
  const auto encoder = schedule_.Ask("encoder", Rank::kFirst);
  Work(10us);
  EXPECT_EQ(schedule_.Next(now_), begun);
  Work(10us);
  EXPECT_EQ(schedule_.Next(now_), encoder);
  EXPECT_EQ(schedule_.waiting(), 1000U);
}

TEST_F(StepScheduleTest, AfterASliceOfWorkComesARestAsLong) {
  schedule_.Ask("flood", Rank::kFirst);
  schedule_.Ask("flood", Rank::kFirst);
  schedule_.Ask("flood", Rank::kFirst);
  ASSERT_TRUE(schedule_.Next(now_));
  Work(1500us);
  EXPECT_EQ(rest(), 0ns);
  ASSERT_TRUE(schedule_.Next(now_));
  Work(1500us);
  EXPECT_EQ(rest(), 3ms);
  EXPECT_EQ(schedule_.Next(now_), std::nullopt);
  EXPECT_FALSE(schedule_.TryBegin(now_));
  now_ += 3ms;
  EXPECT_TRUE(schedule_.Next(now_));
}

TEST_F(StepScheduleTest, AllThatStrangersHaveIsHalfOfTheThread) {
  std::chrono::nanoseconds worked{};
  const TimePoint began = now_;
  while (now_ < began + 1s) {
    if (schedule_.TryBegin(now_)) {
      Work(70us);
      worked += 70us;
    } else {
      now_ += 10us;
    }
  }
  EXPECT_LE(worked, 510ms);
  EXPECT_GE(worked, 480ms);
}

TEST_F(StepScheduleTest, TimeThatOthersHadIsRestToo) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(schedule_.TryBegin(now_)) << i;
    Work(100us);
    now_ += 110us;
  }
}

TEST_F(StepScheduleTest, WorkBesideStepsCounts) {
  schedule_.OnWork(2ms, now_);
  EXPECT_EQ(rest(), 2ms);
  EXPECT_FALSE(schedule_.TryBegin(now_));
}

TEST_F(StepScheduleTest, AProcessThatStoodStillDoesNotRestForLong) {
  ASSERT_TRUE(schedule_.TryBegin(now_));
  Work(1min);
  EXPECT_EQ(rest(), StepSchedule::kMaxRest);
}

TEST_F(StepScheduleTest, WhoLeavesIsNotNext) {
  const auto one = schedule_.Ask("a", Rank::kFirst);
  const auto other = schedule_.Ask("b", Rank::kBegun);
  schedule_.Leave(other);
  EXPECT_EQ(schedule_.Next(now_), one);
}

}  // namespace
}  // namespace ingress::net
