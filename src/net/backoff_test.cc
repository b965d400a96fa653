#include "net/backoff.h"

#include <gtest/gtest.h>

#include <limits>

namespace ingress::net {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kLeast = 0;
constexpr std::uint32_t kMax = std::numeric_limits<std::uint32_t>::max();

TEST(BackoffTest, DoublesUpToTheMaximum) {
  Backoff backoff({.initial = 100ms, .max = 1s, .factor = 2, .jitter = 0});
  for (const auto expected : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    EXPECT_EQ(backoff.Next(kMax), expected);
  }
  EXPECT_EQ(backoff.attempts(), 6);
}

TEST(BackoffTest, LeavesPartOfTheDelayToChance) {
  Backoff backoff({.initial = 100ms, .max = 1s, .factor = 1, .jitter = 0.5});
  EXPECT_EQ(backoff.Next(kLeast), 100ms);
  EXPECT_EQ(backoff.Next(kMax), 50ms);
  const auto middle = backoff.Next(kMax / 2);
  EXPECT_GE(middle, 74ms);
  EXPECT_LE(middle, 76ms);
}

TEST(BackoffTest, StartsAnewAfterASuccess) {
  Backoff backoff({.initial = 100ms, .max = 1s, .factor = 3, .jitter = 0});
  backoff.Next(kLeast);
  EXPECT_EQ(backoff.Next(kLeast), 300ms);
  backoff.Reset();
  EXPECT_EQ(backoff.attempts(), 0);
  EXPECT_EQ(backoff.Next(kLeast), 100ms);
}

TEST(BackoffTest, NeverExceedsTheMaximumEvenAtFirst) {
  Backoff backoff({.initial = 5s, .max = 1s, .factor = 2, .jitter = 0});
  EXPECT_EQ(backoff.Next(kLeast), 1s);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(backoff.Next(kLeast), 1s);
}

}  // namespace
}  // namespace ingress::net
