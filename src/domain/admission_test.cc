#include "domain/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ingress {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMegabyte = 1 << 20;

constexpr SessionLoad kStarting{.cores = 0, .settled = false};

// How many sessions that have just started a node of `cores` takes.
int Fits(double cores, const AdmissionLimits& limits) {
  std::vector<SessionLoad> sessions;
  while (Admit({.cores = cores}, sessions, limits)) sessions.push_back(kStarting);
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
  const auto admitted = Admit({.cores = 2}, light, {});
  ASSERT_TRUE(admitted.has_value());
  EXPECT_NEAR(admitted->free, 1.5, 1e-9);
  EXPECT_DOUBLE_EQ(admitted->needed, 0.85);
}

TEST(AdmissionTest, CountsAStartingSessionByWhicheverIsMore) {
  const std::vector<SessionLoad> starting = {{.cores = 0.1, .settled = false},
                                             {.cores = 1.5, .settled = false}};
  EXPECT_NEAR(CountCapacity({.cores = 4}, starting, {.configured_cost = 1.0}).free, 3.4 - 1.0 - 1.5,
              1e-9);
}

TEST(AdmissionTest, RefusesWithTheNumbers) {
  const std::vector<SessionLoad> busy = {{.cores = 1.2, .settled = true}};
  const auto refused = Admit({.cores = 2}, busy, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), FailureCode::kNoCapacity);
  EXPECT_THAT(refused.error().cause(), HasSubstr("needs 0.85 cores, but 0.50 of 2.00 are free"));
}

TEST(AdmissionTest, ACostOfZeroStillNeedsAFreeCore) {
  const std::vector<SessionLoad> busy = {{.cores = 1.8, .settled = true}};
  EXPECT_TRUE(Admit({.cores = 2}, {}, {.configured_cost = 0}).has_value());
  EXPECT_FALSE(Admit({.cores = 2}, busy, {.configured_cost = 0}).has_value());
}

TEST(AdmissionTest, ReservesForASessionWhatItsRouteIsExpectedToCost) {
  const std::vector<SessionLoad> starting = {{.share = ShareOfRoute(Route::kPassThrough)},
                                             {.share = ShareOfRoute(Route::kHybrid)},
                                             {.share = ShareOfRoute(Route::kLadder)}};
  EXPECT_NEAR(CountCapacity({.cores = 4}, starting, {.configured_cost = 1.0}).free,
              3.4 - 0.1 - 0.5 - 1.0, 1e-9);
}

TEST(AdmissionTest, CountsMemoryThatIsFreeAndThatIsPromised) {
  const AdmissionLimits limits{
      .configured_cost = 0.1, .memory_per_session = 100 * kMegabyte, .memory_reserve = 0.1};
  const NodeResources node{.cores = 4, .memory = 1000 * kMegabyte, .memory_free = 400 * kMegabyte};
  const std::vector<SessionLoad> sessions = {
      {.cores = 0.1, .settled = true, .memory = 300 * kMegabyte},  // gone from what is free
      {.settled = false, .memory = 40 * kMegabyte}};               // will take 60 more
  EXPECT_EQ(CountCapacity(node, sessions, limits).memory_free, 240 * kMegabyte);
  EXPECT_TRUE(Admit(node, sessions, limits).has_value());
  const std::vector<SessionLoad> many(3);
  const auto refused = Admit(node, many, limits);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().cause(), HasSubstr("needs 100 MB of memory, but 0 are free"));
}

TEST(AdmissionTest, PromisesMoreMemoryToASourceWithLargePictures) {
  const AdmissionLimits limits{.configured_cost = 0.1,
                               .memory_per_session = 160 * kMegabyte,
                               .memory_beside_decoder = 100 * kMegabyte,
                               .memory_reserve = 0};
  const NodeResources node{.cores = 4, .memory = 2000 * kMegabyte, .memory_free = 1000 * kMegabyte};
  const auto free_beside = [&](const SessionLoad& session) {
    return CountCapacity(node, std::span(&session, 1), limits).memory_free;
  };
  EXPECT_EQ(free_beside({.decoder_memory = 40 * kMegabyte}), 840 * kMegabyte);
  EXPECT_EQ(free_beside({.memory = 50 * kMegabyte, .decoder_memory = 500 * kMegabyte}),
            450 * kMegabyte);
  EXPECT_EQ(free_beside({.settled = true, .decoder_memory = 500 * kMegabyte}), 1000 * kMegabyte)
      << "what it takes is seen";
  EXPECT_EQ(free_beside({.share = ShareOfRoute(Route::kIdle), .decoder_memory = 500 * kMegabyte}),
            840 * kMegabyte)
      << "nothing is decoded";
}

TEST(AdmissionTest, KeepsTheOperatorsLimitOfSessions) {
  const std::vector<SessionLoad> two(2, {.cores = 0.01, .settled = true});
  EXPECT_TRUE(Admit({.cores = 4}, two, {.max_sessions = 3}).has_value());
  const auto refused = Admit({.cores = 4}, two, {.max_sessions = 2});
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().remedy(), HasSubstr("max_sessions"));
}

TEST(AdmissionTest, RefusesOnANodeWithoutCores) {
  EXPECT_FALSE(Admit({.cores = 0}, {}, {}).has_value());
}

TEST(CostWarningTest, WarnsOfACostThatCannotWork) {
  EXPECT_THAT(CostWarning(2, {.configured_cost = 2.0}).value(), HasSubstr("refuse all"));
  EXPECT_THAT(CostWarning(2, {.configured_cost = 0}).value(), HasSubstr("overload"));
  EXPECT_FALSE(CostWarning(4, {.configured_cost = 2.0}).has_value());
  EXPECT_FALSE(CostWarning(1, {}).has_value());
}

TEST(AdmissionTest, RefusesOnANodeThatOthersUse) {
  const auto refused = Admit({.cores = 2, .idle = 0.1}, {}, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), FailureCode::kNoCapacity);
  EXPECT_THAT(refused.error().Message(), HasSubstr("only 0.10 of 2.00 cores are idle"));
  EXPECT_THAT(refused.error().Message(), HasSubstr("min_idle_ratio"));
}

TEST(AdmissionTest, LeavesTheReserveIdle) {
  EXPECT_TRUE(Admit({.cores = 2, .idle = 0.4}, {}, {}));
  EXPECT_FALSE(Admit({.cores = 2, .idle = 0.4}, {}, {.reserve = 0.3}));
  EXPECT_FALSE(Admit({.cores = 2, .idle = 0.31}, {}, {}))
      << "a stream that is passed on needs some";
  EXPECT_FALSE(Admit({.cores = 2, .idle = 0.4}, {}, {.configured_cost = 0.2}));
  EXPECT_FALSE(Admit({.cores = 2, .idle = 0}, {}, {.configured_cost = 0, .reserve = 0}));
}

TEST(AdmissionTest, AnIdleNodeIsStillCountedByItsSessions) {
  const std::vector<SessionLoad> starting(2, kStarting);
  EXPECT_FALSE(Admit({.cores = 2, .idle = 2}, starting, {}));
}

TEST(AdmissionTest, SessionsThatStartWillUseWhatIsIdleNow) {
  const AdmissionLimits limits{.configured_cost = 1.0};
  const std::vector<SessionLoad> starting = {{.cores = 0.25, .settled = false}};
  const Capacity capacity = CountCapacity({.cores = 8, .idle = 3}, starting, limits);
  EXPECT_NEAR(capacity.idle_left, 3 - 0.15 * 8 - 0.75, 1e-9);
  const std::vector<SessionLoad> settled = {{.cores = 0.25, .settled = true}};
  EXPECT_NEAR(CountCapacity({.cores = 8, .idle = 3}, settled, limits).idle_left, 3 - 0.15 * 8,
              1e-9);
}

}  // namespace
}  // namespace ingress
