#include "pipeline/route/load_shedder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <set>

#include "pipeline/route/transcode_lag.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

class LoadShedderTest : public testing::Test {
 protected:
  /// A lag that lasts; returns how often what waits was to be left out.
  int Lasting(Clock::duration lag, Clock::duration time) {
    int left_out = 0;
    for (const TimePoint end = now_ + time; now_ < end; now_ += 40ms) {
      left_out += shedder_.Update(lag, now_) ? 1 : 0;
    }
    return left_out;
  }

  LoadShedder shedder_;
  TimePoint now_ = TimePoint() + 1h;
};

TEST_F(LoadShedderTest, LeavesAHealthyTranscoderAlone) {
  EXPECT_EQ(Lasting(30ms, 10s), 0);
  EXPECT_EQ(shedder_.shedding(), Shedding::kNothing);
}

TEST_F(LoadShedderTest, LeavesOutOneBacklogWithoutGivingUpWork) {
  Lasting(30ms, 2s);
  EXPECT_EQ(Lasting(500ms, 40ms), 1);
  EXPECT_EQ(Lasting(30ms, 2s), 0);
  EXPECT_EQ(shedder_.shedding(), Shedding::kNothing);
}

TEST_F(LoadShedderTest, CountsFromTheFloorOfAReorderedStream) {
  EXPECT_EQ(Lasting(230ms, 10s), 0);
  EXPECT_EQ(shedder_.shedding(), Shedding::kNothing);
}

TEST_F(LoadShedderTest, GivesUpStepByStepInTheStatedOrder) {
  Lasting(30ms, 2s);
  Lasting(400ms, 900ms);
  EXPECT_EQ(shedder_.shedding(), Shedding::kLowerLayers);
  Lasting(400ms, 900ms);
  EXPECT_EQ(shedder_.shedding(), Shedding::kFrameRate);
  Lasting(400ms, 900ms);
  EXPECT_EQ(shedder_.shedding(), Shedding::kSize);
  Lasting(400ms, 5s);
  EXPECT_EQ(shedder_.shedding(), Shedding::kSize);
}

TEST_F(LoadShedderTest, GivesUpWorkAlsoWhenTheLagStaysJustBelowABacklog) {
  Lasting(30ms, 2s);
  EXPECT_EQ(Lasting(200ms, 1700ms), 0);
  EXPECT_EQ(shedder_.shedding(), Shedding::kLowerLayers);
}

TEST_F(LoadShedderTest, TakesWorkUpAgainOneByOne) {
  Lasting(30ms, 2s);
  Lasting(400ms, 1800ms);
  ASSERT_EQ(shedder_.shedding(), Shedding::kFrameRate);
  Lasting(30ms, LoadShedder::kRecovery + 80ms);
  EXPECT_EQ(shedder_.shedding(), Shedding::kLowerLayers);
  Lasting(30ms, LoadShedder::kRecovery + 80ms);
  EXPECT_EQ(shedder_.shedding(), Shedding::kNothing);
}

TEST_F(LoadShedderTest, WaitsLongerAfterAStepThatWasTakenUpTooEarly) {
  Lasting(30ms, 2s);
  Lasting(400ms, 900ms);
  Lasting(30ms, LoadShedder::kRecovery + 80ms);
  ASSERT_EQ(shedder_.shedding(), Shedding::kNothing);
  Lasting(400ms, 900ms);
  ASSERT_EQ(shedder_.shedding(), Shedding::kLowerLayers);
  Lasting(30ms, LoadShedder::kRecovery + 80ms);
  EXPECT_EQ(shedder_.shedding(), Shedding::kLowerLayers);
  Lasting(30ms, LoadShedder::kRecovery);
  EXPECT_EQ(shedder_.shedding(), Shedding::kNothing);
}

TEST_F(LoadShedderTest, BeginsAnewAfterALongTimeWithoutWork) {
  Lasting(30ms, 2s);
  Lasting(400ms, 1800ms);
  ASSERT_EQ(shedder_.shedding(), Shedding::kFrameRate);
  shedder_.Restart(now_ + 1s);
  EXPECT_EQ(shedder_.shedding(), Shedding::kFrameRate) << "the machine is as busy as it was";
  shedder_.Restart(now_ + LoadShedder::kForgets);
  EXPECT_EQ(shedder_.shedding(), Shedding::kNothing);
}

TEST(TranscodeLagTest, CountsAPictureThatDoesNotComeWithItsAge) {
  TranscodeLag lag;
  const TimePoint start = TimePoint() + 1h;
  lag.OnPushed(0ms, start);
  lag.OnPushed(33ms, start + 33ms);
  lag.OnFrame(0ms, start + 50ms);
  EXPECT_EQ(lag.Take(), 50ms);
  for (int i = 2; i < 5; ++i) lag.OnPushed(i * 33ms, start + i * 33ms);
  EXPECT_EQ(lag.Take(), 99ms);
}

TEST(TranscodeLagTest, SaysNothingWhileNothingIsPushedOrComesOut) {
  TranscodeLag lag;
  const TimePoint start = TimePoint() + 1h;
  EXPECT_FALSE(lag.Take());
  lag.OnPushed(0ms, start);
  lag.OnFrame(0ms, start + 500ms);
  EXPECT_EQ(lag.Take(), 500ms);
  EXPECT_FALSE(lag.Take()) << "that was said";
  lag.OnPushed(33ms, start + 5s);
  EXPECT_FALSE(lag.Take()) << "it has not had its time yet";
  lag.OnFrame(33ms, start + 5s + 20ms);
  EXPECT_EQ(lag.Take(), 20ms);
}

TEST(TranscodeLagTest, DoesNotCountAPauseOfTheSource) {
  TranscodeLag lag;
  const TimePoint start = TimePoint() + 1h;
  for (int i = 0; i < 30; ++i) {
    lag.OnPushed(i * 33ms, start + i * 33ms);
    if (i > 0) lag.OnFrame((i - 1) * 33ms, start + i * 33ms + 5ms);
  }
  EXPECT_EQ(lag.Take(), 38ms);
  const TimePoint after = start + 29 * 33ms + 5s;
  lag.OnPushed(30 * 33ms, after);
  lag.OnFrame(29 * 33ms, after + 5ms);  // which the decoder held back for its order
  EXPECT_LE(lag.Take(), 75ms);
}

TEST(TranscodeLagTest, ForgetsPicturesThatWereLeftOut) {
  TranscodeLag lag;
  const TimePoint start = TimePoint() + 1h;
  for (int i = 0; i < 10; ++i) lag.OnPushed(i * 33ms, start + i * 33ms);
  lag.OnFrame(9 * 33ms, start + 10 * 33ms);
  EXPECT_EQ(lag.Take(), 33ms);
}

TEST(TranscodeLagTest, GivesAllPicturesOfAReorderedStreamOneMeasure) {
  TranscodeLag lag;
  const TimePoint start = TimePoint() + 1h;
  const int order[] = {0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11};
  int out = 0;
  for (int i = 0; i < 13; ++i) {
    const TimePoint now = start + i * 33ms;
    lag.OnPushed(order[i] * 33ms, now);
    if (i < 2) continue;
    lag.OnFrame(out++ * 33ms, now + 10ms);
    EXPECT_EQ(lag.Take(), 76ms) << out;
  }
}

/// A source, a transcoder and who judges them, in steps of a millisecond.
class BusyMachineTest : public testing::Test {
 protected:
  static constexpr auto kSpacing = 33ms;
  static constexpr std::size_t kReorder = 2;
  static constexpr int kOrder[] = {4, 2, 1, 3};  // of four pictures, a pyramid of B-frames

  void Run(std::chrono::milliseconds time) {
    for (const TimePoint end = now_ + time; now_ < end; now_ += 1ms) Step();
  }

  void Step() {
    if (source_runs_ && now_ >= next_push_) Push();
    if (!encodes_ && !waiting_.empty()) {
      encodes_ = waiting_.front();
      waiting_.pop_front();
      done_at_ = now_ + cost_;
    }
    if (encodes_ && !dead_ && now_ >= done_at_) {
      lag_.OnFrame(*encodes_, now_);
      encodes_.reset();
    }
    if (now_ < next_judgement_) return;
    next_judgement_ = now_ + 40ms;
    const auto lag = lag_.Take();
    if (lag && shedder_.Update(*lag, now_)) {
      waiting_.clear();
      lag_.Clear();
    }
    worst_ = std::max(worst_, shedder_.shedding());
  }

  void Push() {
    for (int i = 0; i < at_once_; ++i) {
      const int number = pushed_ / 4 * 4 + kOrder[pushed_ % 4];
      ++pushed_;
      lag_.OnPushed(number * kSpacing, now_);
      decodes_.insert(number * kSpacing);
      if (decodes_.size() <= kReorder) continue;
      waiting_.push_back(*decodes_.begin());
      decodes_.erase(decodes_.begin());
    }
    next_push_ = now_ + at_once_ * kSpacing;
  }

  TranscodeLag lag_;
  LoadShedder shedder_;
  Shedding worst_ = Shedding::kNothing;
  bool source_runs_ = true;
  bool dead_ = false;
  int at_once_ = 1;
  std::chrono::milliseconds cost_{12};  // of a picture
  TimePoint now_ = TimePoint() + 1h;

 private:
  int pushed_ = 0;
  TimePoint next_push_{};
  TimePoint next_judgement_{};
  std::set<SessionTime> decodes_;
  std::deque<SessionTime> waiting_;
  std::optional<SessionTime> encodes_;
  TimePoint done_at_{};
};

TEST_F(BusyMachineTest, ASourceThatStopsIsNoBusyMachine) {
  Run(5s);
  cost_ = 400ms;  // the last picture before
  Run(33ms);
  source_runs_ = false;
  Run(8s);
  source_runs_ = true;
  cost_ = 12ms;
  Run(5s);
  EXPECT_EQ(worst_, Shedding::kNothing);
}

TEST_F(BusyMachineTest, OneHiccupGivesNothingUp) {
  Run(5s);
  cost_ = 450ms;
  Run(33ms);
  cost_ = 12ms;
  Run(5s);
  EXPECT_EQ(worst_, Shedding::kNothing);
  EXPECT_GE(shedder_.backlogs(), 1U);
}

TEST_F(BusyMachineTest, WhatWasGivenUpComesBackThoughTheStreamIsReordered) {
  Run(5s);
  cost_ = 60ms;
  Run(10s);
  ASSERT_EQ(worst_, Shedding::kSize);
  cost_ = 12ms;
  Run(3 * (LoadShedder::kRecovery + 500ms));
  EXPECT_EQ(shedder_.shedding(), Shedding::kNothing);
}

TEST_F(BusyMachineTest, AnEncoderThatStandsStillIsSeen) {
  Run(5s);
  dead_ = true;
  Run(3s);
  EXPECT_GE(worst_, Shedding::kLowerLayers);
}

TEST_F(BusyMachineTest, PicturesThatComeInBunchesAreNoShortage) {
  at_once_ = 12;
  Run(20s);
  EXPECT_EQ(worst_, Shedding::kNothing);
  EXPECT_EQ(shedder_.backlogs(), 0U);
}

}  // namespace
}  // namespace ingress::pipeline
