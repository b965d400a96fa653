#include "timing/drop_monitor.h"

#include <gtest/gtest.h>

namespace ingress {
namespace {

using namespace std::chrono_literals;

/// A track of 30 messages per second.
class DropMonitorTest : public testing::Test {
 protected:
  /// One second, in each tenth of which `late` and `damaged` of three messages are lost.
  void Second(std::uint64_t late, std::uint64_t damaged = 0) {
    for (int i = 0; i < 10; ++i) {
      now_ += 100ms;
      counters_.messages += 3;
      counters_.late += late;
      counters_.damaged += damaged;
      monitor_.Poll(counters_, now_);
    }
  }

  DropMonitor monitor_;
  DropMonitor::Counters counters_;
  TimePoint now_{};
};

TEST_F(DropMonitorTest, TellsALossThatLasts) {
  Second(0);
  Second(1);
  EXPECT_FALSE(monitor_.Loss());
  Second(1);
  Second(1);
  Second(1);
  EXPECT_EQ(monitor_.Loss(), "33 % of its messages come too late");
  EXPECT_TRUE(monitor_.late());
}

TEST_F(DropMonitorTest, ForgetsALossThatIsOver) {
  for (int i = 0; i < 5; ++i) Second(2);
  ASSERT_TRUE(monitor_.Loss());
  for (int i = 0; i < 4; ++i) Second(0);
  EXPECT_FALSE(monitor_.Loss());
}

TEST_F(DropMonitorTest, SaysNothingOfTheBurstAfterAStall) {
  for (int i = 0; i < 5; ++i) Second(0);
  counters_.messages += 150;
  counters_.late += 148;
  for (int i = 0; i < 5; ++i) {
    Second(0);
    EXPECT_FALSE(monitor_.Loss());
  }
}

TEST_F(DropMonitorTest, SaysNothingOfAFewDamagedMessages) {
  for (int i = 0; i < 60; ++i) {
    counters_.damaged += 1;  // of 30
    Second(0);
    EXPECT_FALSE(monitor_.Loss());
  }
}

TEST_F(DropMonitorTest, TellsDamageApart) {
  for (int i = 0; i < 5; ++i) Second(0, 2);
  EXPECT_EQ(monitor_.Loss(), "67 % of its messages are damaged");
  EXPECT_FALSE(monitor_.late());
}

TEST_F(DropMonitorTest, SaysNothingOfATrackThatIsDamagedAsAWhole) {
  for (int i = 0; i < 3; ++i) Second(0);
  for (int i = 0; i < 5; ++i) {
    Second(0, 3);
    EXPECT_FALSE(monitor_.Loss());
  }
  for (int i = 0; i < 3; ++i) {
    Second(0);
    EXPECT_FALSE(monitor_.Loss());
  }
}

TEST_F(DropMonitorTest, TellsNoMoreThanAll) {
  for (int i = 0; i < 4; ++i) Second(0, 2);
  counters_.damaged += 1000;  // parts of pictures
  Second(0, 2);
  EXPECT_EQ(monitor_.Loss(), "100 % of its messages are damaged");
}

TEST_F(DropMonitorTest, SaysNothingOfATrackThatIsSilent) {
  for (int i = 0; i < 10; ++i) {
    now_ += 1s;
    monitor_.Poll(counters_, now_);
  }
  EXPECT_FALSE(monitor_.Loss());
}

}  // namespace
}  // namespace ingress
