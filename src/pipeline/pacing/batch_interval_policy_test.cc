#include "pipeline/pacing/batch_interval_policy.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using Activity = BatchIntervalPolicy::Activity;

constexpr TimePoint kStart{1h};
constexpr Activity kPassing{.watched = true, .has_audio = true};

class BatchIntervalPolicyTest : public testing::Test {
 protected:
  BatchIntervalPolicyTest() { policy_.OnTransportReady(kStart); }

  /// Long after receivers have sized their buffers.
  auto Decide(const Activity& activity) { return policy_.Decide(activity, kStart + 1min); }

  BatchIntervalPolicy policy_;
};

TEST_F(BatchIntervalPolicyTest, OrdersNothingBeforeReceiversHaveSizedTheirBuffers) {
  EXPECT_EQ(BatchIntervalPolicy().Decide(kPassing, kStart), std::nullopt) << "without a transport";
  EXPECT_EQ(policy_.Decide(kPassing, kStart + 3s - 1ms), std::nullopt);
  EXPECT_EQ(policy_.Decide(kPassing, kStart + 3s), BatchIntervalPolicy::kWatched);
}

TEST_F(BatchIntervalPolicyTest, BatchesByAudioPacketsWhereSomebodyWatches) {
  EXPECT_EQ(Decide(kPassing), 20ms);
}

TEST_F(BatchIntervalPolicyTest, BatchesLongerWhereNobodyWatches) {
  EXPECT_EQ(Decide({.watched = false, .has_audio = true}), 50ms);
}

TEST_F(BatchIntervalPolicyTest, DoesNotBatchVideoAloneOrWhatIsDecoded) {
  EXPECT_EQ(Decide({.watched = true, .has_audio = false}), std::nullopt);
  EXPECT_EQ(Decide({.transcodes = true, .watched = true, .has_audio = true}), std::nullopt);
}

TEST_F(BatchIntervalPolicyTest, OrdersEachIntervalOnce) {
  EXPECT_EQ(Decide(kPassing), 20ms);
  EXPECT_EQ(Decide(kPassing), std::nullopt);
  EXPECT_EQ(Decide({.transcodes = true, .watched = true, .has_audio = true}), 0ms);
  EXPECT_EQ(Decide({.transcodes = true, .watched = true, .has_audio = true}), std::nullopt);
}

TEST_F(BatchIntervalPolicyTest, GoesByWhatTheServiceHasSet) {
  Decide(kPassing);
  EXPECT_EQ(policy_.in_force(), 0ms) << "an order is no fact";
  policy_.OnSet(20ms);
  EXPECT_EQ(policy_.in_force(), 20ms);
  Decide({.transcodes = true, .watched = true, .has_audio = true});
  EXPECT_EQ(policy_.in_force(), 20ms);
  policy_.OnSet(0ms);
  EXPECT_EQ(policy_.in_force(), 0ms);
}

TEST_F(BatchIntervalPolicyTest, StopsBatchingForReceiversThatBeginAnew) {
  Decide(kPassing);
  policy_.OnTransportReady(kStart + 2min);
  EXPECT_EQ(policy_.Decide(kPassing, kStart + 2min), 0ms);
  EXPECT_EQ(policy_.Decide(kPassing, kStart + 2min + 3s), 20ms);
}

}  // namespace
}  // namespace ingress::pipeline
