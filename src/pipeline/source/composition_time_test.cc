#include "pipeline/source/composition_time.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

class CompositionTimeTest : public testing::Test {
 protected:
  SessionTime Place(SessionTime offset, bool b = false, SessionTime distance = 33ms) {
    return time_.Place(dts_ += distance, offset, b);
  }

  CompositionTime time_;
  SessionTime dts_ = 10s;
};

TEST_F(CompositionTimeTest, ObeysWhatReorderingExplains) {
  time_.OnFormat(2, 30.0);
  EXPECT_EQ(Place(67ms), 67ms);
  EXPECT_EQ(Place(133ms), 133ms);
  EXPECT_EQ(Place(33ms, true), 33ms);
  EXPECT_EQ(Place(0ms, true), 0ms);
  EXPECT_EQ(time_.refused(), 0U);
}

TEST_F(CompositionTimeTest, DoesNotObeyOneMistake) {
  time_.OnFormat(0, std::nullopt);
  for (const SessionTime wrong : {SessionTime(30s), SessionTime(8388607ms), SessionTime(-8388608ms),
                                  SessionTime(-1s), SessionTime(1s)}) {
    EXPECT_EQ(Place(0ms), 0ms);
    EXPECT_EQ(Place(wrong), 0ms) << wrong.count();
    EXPECT_EQ(Place(0ms), 0ms);
  }
  EXPECT_EQ(time_.refused(), 5U);
}

TEST_F(CompositionTimeTest, GivesAMistakeWhatItsKindHadLast) {
  time_.OnFormat(2, 30.0);
  Place(133ms);
  Place(33ms, true);
  EXPECT_EQ(Place(30s), 133ms);
  EXPECT_EQ(Place(30s, true), 33ms);
}

TEST_F(CompositionTimeTest, LeavesRoomForUnevenClocks) {
  time_.OnFormat(0, std::nullopt);
  EXPECT_EQ(Place(80ms), 80ms);
  EXPECT_EQ(Place(12ms), 12ms);
  EXPECT_EQ(Place(-20ms), -20ms);
}

TEST_F(CompositionTimeTest, ObeysLongOffsetsOfFewFramesPerSecond) {
  time_.OnFormat(2, 1.0);
  EXPECT_EQ(Place(2s, false, 1s), 2s);
  EXPECT_EQ(Place(3s, false, 1s), 3s);
  EXPECT_EQ(Place(0s, true, 1s), 0s);
  EXPECT_EQ(Place(30s, false, 1s), 3s);
}

TEST_F(CompositionTimeTest, LearnsTheDistanceOfPictures) {
  time_.OnFormat(2, std::nullopt);
  for (int i = 0; i < 20; ++i) Place(0ms, false, 500ms);
  EXPECT_EQ(Place(1500ms, false, 500ms), 1500ms);
}

TEST_F(CompositionTimeTest, TakesAConstantOffsetForAHabit) {
  time_.OnFormat(0, std::nullopt);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(Place(5s), 0ms);
  EXPECT_EQ(Place(5020ms), 20ms);
  EXPECT_EQ(Place(60s), 20ms);
  const std::uint64_t before = time_.refused();
  for (int i = 0; i < 30; ++i) EXPECT_LE(Place(0ms), 20ms);
  EXPECT_EQ(Place(40ms), 40ms) << "and back";
  EXPECT_EQ(time_.refused(), before + CompositionTime::kHabit - 1) << "the minute was one of them";
}

TEST_F(CompositionTimeTest, KeepsTheOrderUnderAConstantOffset) {
  time_.OnFormat(2, 30.0);
  for (int i = 0; i < 4; ++i) {
    Place(5133ms);
    Place(5033ms, true);
    Place(5000ms, true);
  }
  EXPECT_EQ(Place(5133ms), 133ms);
  EXPECT_EQ(Place(5033ms, true), 33ms);
}

TEST_F(CompositionTimeTest, ReckonsWithBSlicesWhereHeadersSayNothing) {
  time_.OnFormat(std::nullopt, 30.0);
  EXPECT_EQ(Place(400ms), 0ms);
  EXPECT_EQ(Place(0ms, true), 0ms);
  EXPECT_EQ(Place(400ms), 400ms);
}

TEST_F(CompositionTimeTest, AddsNanoseconds) {
  time_.OnFormat(0, std::nullopt);
  EXPECT_EQ(Place(33ms + 333'333ns), 33'333'333ns);
}

}  // namespace
}  // namespace ingress::pipeline
