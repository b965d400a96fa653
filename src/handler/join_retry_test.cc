#include "handler/join_retry.h"

#include <gtest/gtest.h>

namespace ingress::handler {
namespace {

using output::Retry;
using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};
constexpr std::uint32_t kChance = 1U << 31;

TEST(JoinRetryTest, TriesAgainLaterWhileTheFarEndIsAway) {
  JoinRetry retry;
  retry.Begin(kStart);
  EXPECT_FALSE(retry.deadline());
  ASSERT_TRUE(retry.OnFailed(Retry::kWhileAway, kChance, kStart));
  ASSERT_TRUE(retry.deadline());
  const TimePoint due = *retry.deadline();
  EXPECT_GT(due, kStart);
  EXPECT_LE(due, kStart + 200ms);
  EXPECT_FALSE(retry.Due(due - 1ns));
  EXPECT_TRUE(retry.Due(due));
  EXPECT_FALSE(retry.Due(due)) << "one attempt at a time";
  EXPECT_FALSE(retry.deadline());
}

TEST(JoinRetryTest, WaitsLongerEachTimeAndGivesUpAfterItsPatience) {
  JoinRetry retry;
  retry.Begin(kStart);
  TimePoint now = kStart;
  int attempts = 0;
  while (retry.OnFailed(Retry::kWhileAway, kChance, now)) {
    ASSERT_LT(++attempts, 100);
    ASSERT_LE(*retry.deadline() - now, 3s);
    now = *retry.deadline();
    ASSERT_TRUE(retry.Due(now));
  }
  EXPECT_GE(now, kStart + JoinRetry::kAwayPatience);
  EXPECT_LE(now, kStart + JoinRetry::kAwayPatience + 3s);
  EXPECT_LT(attempts, 20);
}

TEST(JoinRetryTest, ARefusalIsWorthAFewSecondsOnly) {
  JoinRetry retry;
  retry.Begin(kStart);
  EXPECT_TRUE(retry.OnFailed(Retry::kBriefly, kChance, kStart + JoinRetry::kRefusalPatience - 1ns));
  EXPECT_FALSE(retry.OnFailed(Retry::kBriefly, kChance, kStart + JoinRetry::kRefusalPatience));
}

TEST(JoinRetryTest, WhatSomebodyDecidedIsFinal) {
  JoinRetry retry;
  retry.Begin(kStart);
  EXPECT_FALSE(retry.OnFailed(Retry::kNever, kChance, kStart));
  EXPECT_FALSE(retry.deadline());
}

}  // namespace
}  // namespace ingress::handler
