#include "stream/timestamp.h"

#include <gtest/gtest.h>

#include <limits>

namespace ingress::stream {
namespace {

using namespace std::chrono_literals;

constexpr TickClock kFlv{.rate = 1'000, .bits = 32, .short_bits = 31};
constexpr TickClock kMpegTs{.rate = 90'000, .bits = 33};
constexpr TickClock kOpusRtp{.rate = 48'000, .bits = 32};

TEST(TimestampTest, CountsForwardsAndBackwards) {
  EXPECT_EQ(TicksBetween({100, kFlv}, {140, kFlv}), 40);
  EXPECT_EQ(TicksBetween({140, kFlv}, {100, kFlv}), -40);
  EXPECT_EQ(TicksBetween({0, {}}, {1'000'000'000'000, {}}), 1'000'000'000'000);
  EXPECT_EQ(TicksBetween({5, {}}, {0, {}}), -5);
}

TEST(TimestampTest, GoesOnAcrossTheWrapOfItsClock) {
  EXPECT_EQ(TicksBetween({0xffff'fff0, kFlv}, {24, kFlv}), 40);
  EXPECT_EQ(TicksBetween({24, kFlv}, {0xffff'fff0, kFlv}), -40);
  EXPECT_EQ(TicksBetween({(std::uint64_t{1} << 33) - 1'000, kMpegTs}, {2'000, kMpegTs}), 3'000);
  EXPECT_EQ(TicksBetween({0xffff'ffff, kOpusRtp}, {959, kOpusRtp}), 960);
}

TEST(TimestampTest, GoesOnAcrossTheWrapOfASenderThatUsesFewerBits) {
  EXPECT_EQ(TicksBetween({0x7fff'fff0, kFlv}, {24, kFlv}), 40);
  EXPECT_EQ(TicksBetween({24, kFlv}, {0x7fff'fff0, kFlv}), -40);
  EXPECT_EQ(TicksBetween({0x7fff'fff0, kOpusRtp}, {24, kOpusRtp}), -0x7fff'ffd8);
}

TEST(TimestampTest, MakesTimeOfTicks) {
  EXPECT_EQ(TimeBetween({0, kMpegTs}, {3'000, kMpegTs}), 33'333'333ns);
  EXPECT_EQ(TimeBetween({960, kOpusRtp}, {0, kOpusRtp}), -20ms);
  EXPECT_EQ(ToTime(Timestamp{0xffff'ffff, kFlv}), 4'294'967'295ms);
}

TEST(TimestampTest, KeepsNumbersThatMeanNothingWithinWhatATimeCanSay) {
  EXPECT_GT(ToTime(Timestamp{.ticks = ~std::uint64_t{0} >> 1, .clock = {.rate = 1}}), 24h * 365);
  EXPECT_LT(ToTime(std::numeric_limits<std::int64_t>::min(), 1), -24h * 365);
}

}  // namespace
}  // namespace ingress::stream
