#include "ingress/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ingress {
namespace {

using ::testing::HasSubstr;

constexpr SessionLoad kStarting{.cores = 0, .settled = false};

// How many sessions that have just started a node of `cores` takes.
int Fits(double cores, const AdmissionLimits& limits) {
  std::vector<SessionLoad> sessions;
  while (Admit(cores, sessions, limits)) sessions.push_back(kStarting);
  return static_cast<int>(sessions.size());
}

TEST(AdmissionTest, TakesStreamsOnAnyNodeOutOfTheBox) {
  EXPECT_EQ(Fits(0.5, {}), 2);
  EXPECT_EQ(Fits(1, {}), 2);
  EXPECT_EQ(Fits(2, {}), 2);
  EXPECT_EQ(Fits(4, {}), 2);
  EXPECT_EQ(Fits(8, {}), 3);
  EXPECT_EQ(Fits(64, {}), 27);
}

TEST(AdmissionTest, CapsTheDefaultAtAFullLadder) {
  EXPECT_DOUBLE_EQ(DefaultCost(2, {}), 0.85);
  EXPECT_DOUBLE_EQ(DefaultCost(64, {}), kFullLadderCost);
}

TEST(AdmissionTest, HonoursTheOperatorsCost) {
  EXPECT_EQ(Fits(4, {.configured_cost = 1.0}), 3);
  EXPECT_EQ(Fits(2, {.configured_cost = 2.0}), 0);
  EXPECT_EQ(Fits(4, {.configured_cost = 1.0, .reserve = 0}), 4);
}

TEST(AdmissionTest, CountsASettledSessionByItsUse) {
  const std::vector<SessionLoad> light(10, {.cores = 0.02, .settled = true});
  const auto admitted = Admit(2, light, {});
  ASSERT_TRUE(admitted.has_value());
  EXPECT_NEAR(admitted->free, 1.5, 1e-9);
  EXPECT_DOUBLE_EQ(admitted->needed, 0.85);
}

TEST(AdmissionTest, CountsAStartingSessionByWhicheverIsMore) {
  const std::vector<SessionLoad> starting = {{.cores = 0.1, .settled = false},
                                             {.cores = 1.5, .settled = false}};
  EXPECT_NEAR(CountCapacity(4, starting, {.configured_cost = 1.0}).free, 3.4 - 1.0 - 1.5, 1e-9);
}

TEST(AdmissionTest, RefusesWithTheNumbers) {
  const std::vector<SessionLoad> busy = {{.cores = 1.2, .settled = true}};
  const auto refused = Admit(2, busy, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), FailureCode::kNoCapacity);
  EXPECT_THAT(refused.error().cause(), HasSubstr("needs 0.85 cores, but 0.50 of 2.00 are free"));
}

TEST(AdmissionTest, ACostOfZeroStillNeedsAFreeCore) {
  const std::vector<SessionLoad> busy = {{.cores = 1.8, .settled = true}};
  EXPECT_TRUE(Admit(2, {}, {.configured_cost = 0}).has_value());
  EXPECT_FALSE(Admit(2, busy, {.configured_cost = 0}).has_value());
}

TEST(AdmissionTest, RefusesOnANodeWithoutCores) { EXPECT_FALSE(Admit(0, {}, {}).has_value()); }

TEST(CostWarningTest, WarnsOfACostThatCannotWork) {
  EXPECT_THAT(CostWarning(2, {.configured_cost = 2.0}).value(), HasSubstr("refuse all"));
  EXPECT_THAT(CostWarning(2, {.configured_cost = 0}).value(), HasSubstr("overload"));
  EXPECT_FALSE(CostWarning(4, {.configured_cost = 2.0}).has_value());
  EXPECT_FALSE(CostWarning(1, {}).has_value());
}

}  // namespace
}  // namespace ingress
