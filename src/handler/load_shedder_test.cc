#include "handler/load_shedder.h"

#include <gtest/gtest.h>

#include "handler/transcode_lag.h"

namespace ingress::handler {
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

TEST(TranscodeLagTest, CountsAPictureThatDoesNotComeWithItsAge) {
  TranscodeLag lag;
  const TimePoint start = TimePoint() + 1h;
  lag.OnPushed(0ms, start);
  lag.OnPushed(33ms, start + 33ms);
  lag.OnFrame(0ms, start + 20ms);
  EXPECT_EQ(lag.Get(), 20ms);
  lag.OnPushed(133ms, start + 133ms);
  EXPECT_EQ(lag.Get(), 100ms);
}

TEST(TranscodeLagTest, DoesNotCountTheTimeInWhichNothingIsPushed) {
  TranscodeLag lag;
  const TimePoint start = TimePoint() + 1h;
  lag.OnPushed(0ms, start);
  lag.OnPushed(33ms, start + 33ms);
  lag.OnFrame(0ms, start + 5s);
  lag.OnPushed(66ms, start + 5s);
  EXPECT_EQ(lag.Get(), 5s) << "of the picture that came out so late";
  lag.OnFrame(66ms, start + 5s + 20ms);
  EXPECT_EQ(lag.Get(), 20ms);
}

TEST(TranscodeLagTest, ForgetsPicturesThatWereLeftOut) {
  TranscodeLag lag;
  const TimePoint start = TimePoint() + 1h;
  for (int i = 0; i < 10; ++i) lag.OnPushed(i * 33ms, start + i * 33ms);
  lag.OnFrame(9 * 33ms, start + 10 * 33ms);
  EXPECT_EQ(lag.Get(), 33ms);
}

}  // namespace
}  // namespace ingress::handler
