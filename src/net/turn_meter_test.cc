#include "net/turn_meter.h"

#include <gtest/gtest.h>

namespace ingress::net {
namespace {

using namespace std::chrono_literals;

TEST(TurnMeterTest, KeepsTheLongestOfTheLastMinuteAndOfAll) {
  TurnMeter meter;
  TimePoint now{1h};
  EXPECT_EQ(meter.recent(now), 0ns);
  meter.OnTurn(7ms, now);
  meter.OnTurn(3ms, now + 1s);
  EXPECT_EQ(meter.recent(now + 2s), 7ms);
  meter.OnTurn(5ms, now + 31s);
  EXPECT_EQ(meter.recent(now + 32s), 7ms) << "not a minute old";
  meter.OnTurn(1ms, now + 62s);
  EXPECT_EQ(meter.recent(now + 62s), 5ms);
  EXPECT_EQ(meter.recent(now + 10min), 0ns);
  EXPECT_EQ(meter.longest(), 7ms);
}

}  // namespace
}  // namespace ingress::net
