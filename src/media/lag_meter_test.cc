#include "media/lag_meter.h"

#include <gtest/gtest.h>

namespace ingress::media {
namespace {

using namespace std::chrono_literals;

TEST(LagMeterTest, MeasuresThePictureThatCameOutLast) {
  LagMeter meter;
  const TimePoint start{};
  meter.Started(0ms, start);
  meter.Started(80ms, start + 40ms);  // decoded before it is shown
  meter.Started(40ms, start + 80ms);
  meter.Finished(0ms, start + 50ms);
  EXPECT_EQ(meter.lag(), 50ms);
  meter.Finished(80ms, start + 140ms);  // 40 ms was left out
  EXPECT_EQ(meter.lag(), 100ms);
  meter.Finished(40ms, start + 990ms);  // and is forgotten
  EXPECT_EQ(meter.lag(), 100ms);
}

}  // namespace
}  // namespace ingress::media
