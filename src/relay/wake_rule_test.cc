#include "relay/wake_rule.h"

#include <gtest/gtest.h>

namespace ingress::relay {
namespace {

using namespace std::chrono_literals;
using flv::TagType;

constexpr TimePoint kStart{1h};

TEST(WakeRuleTest, WakesForEverythingAtFirst) {
  WakeRule rule;
  EXPECT_TRUE(rule.Wakes(TagType::kAudio, kStart));
  EXPECT_TRUE(rule.Wakes(TagType::kVideo, kStart + 5ms));
}

TEST(WakeRuleTest, LetsAPictureWaitForTheSoundBehindIt) {
  WakeRule rule;
  rule.SetDelivery(Delivery::kPicturesWithSound);
  EXPECT_TRUE(rule.Wakes(TagType::kAudio, kStart));
  EXPECT_FALSE(rule.Wakes(TagType::kVideo, kStart + 5ms));
  EXPECT_TRUE(rule.Wakes(TagType::kAudio, kStart + 21ms));
  EXPECT_FALSE(rule.Wakes(TagType::kVideo, kStart + 38ms));
}

TEST(WakeRuleTest, LetsItWaitForOneTagOnly) {
  WakeRule rule;
  rule.SetDelivery(Delivery::kPicturesWithSound);
  rule.Wakes(TagType::kAudio, kStart);
  EXPECT_FALSE(rule.Wakes(TagType::kVideo, kStart + 1ms));
  EXPECT_TRUE(rule.Wakes(TagType::kVideo, kStart + 17ms));
  EXPECT_FALSE(rule.Wakes(TagType::kVideo, kStart + 34ms));
  EXPECT_TRUE(rule.Wakes(TagType::kScript, kStart + 35ms));
}

TEST(WakeRuleTest, DoesNotWaitForSoundThatDoesNotCome) {
  WakeRule rule;
  rule.SetDelivery(Delivery::kPicturesWithSound);
  EXPECT_TRUE(rule.Wakes(TagType::kVideo, kStart));
  rule.Wakes(TagType::kAudio, kStart + 10ms);
  EXPECT_TRUE(rule.Wakes(TagType::kVideo, kStart + 10ms + WakeRule::kSoundEvery));
}

TEST(WakeRuleTest, WakesOnceForAllThatWasReadWhereNobodyWatches) {
  WakeRule rule;
  rule.SetDelivery(Delivery::kInGroups);
  EXPECT_FALSE(rule.Wakes(TagType::kAudio, kStart));
  EXPECT_FALSE(rule.Wakes(TagType::kVideo, kStart));
  EXPECT_TRUE(rule.WakesAfterRead());
}

TEST(WakeRuleTest, NeedsNotWakeAfterAReadWhereSomebodyWatches) {
  WakeRule rule;
  EXPECT_FALSE(rule.WakesAfterRead());
  rule.SetDelivery(Delivery::kPicturesWithSound);
  EXPECT_FALSE(rule.WakesAfterRead());
}

}  // namespace
}  // namespace ingress::relay
