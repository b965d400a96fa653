#include "whip_transport/arrival.h"

#include <gtest/gtest.h>

namespace ingress::whip_transport {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kNow{1h};
constexpr WallTime kWallNow{std::chrono::seconds(1'000'000'000)};

timespec Stamp(std::chrono::nanoseconds since_now) {
  const auto whole = kWallNow.time_since_epoch() + since_now;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(whole);
  return {.tv_sec = seconds.count(),
          .tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(whole - seconds).count()};
}

TEST(ArrivalClockTest, LaysTheKernelsStampsOnTheSteadyClock) {
  const ArrivalClock clock(kNow, kWallNow);
  EXPECT_EQ(clock.At(Stamp(0ns)), kNow);
  EXPECT_EQ(clock.At(Stamp(-7'250'001ns)), kNow - 7'250'001ns);
  EXPECT_EQ(clock.At(Stamp(-1s)), kNow - 1s);
}

TEST(ArrivalClockTest, TakesTheTimeOfReadingWhereAStampMakesNoSense) {
  const ArrivalClock clock(kNow, kWallNow);
  EXPECT_EQ(clock.At(std::nullopt), kNow);
  EXPECT_EQ(clock.At(Stamp(1ms)), kNow);
  EXPECT_EQ(clock.At(Stamp(-1'001ms)), kNow);
}

}  // namespace
}  // namespace ingress::whip_transport
