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
  rule.LetPicturesWait(true);
  EXPECT_TRUE(rule.Wakes(TagType::kAudio, kStart));
  EXPECT_FALSE(rule.Wakes(TagType::kVideo, kStart + 5ms));
  EXPECT_TRUE(rule.Wakes(TagType::kAudio, kStart + 21ms));
  EXPECT_FALSE(rule.Wakes(TagType::kVideo, kStart + 38ms));
}

TEST(WakeRuleTest, LetsItWaitForOneTagOnly) {
  WakeRule rule;
  rule.LetPicturesWait(true);
  rule.Wakes(TagType::kAudio, kStart);
  EXPECT_FALSE(rule.Wakes(TagType::kVideo, kStart + 1ms));
  EXPECT_TRUE(rule.Wakes(TagType::kVideo, kStart + 17ms));
  EXPECT_FALSE(rule.Wakes(TagType::kVideo, kStart + 34ms));
  EXPECT_TRUE(rule.Wakes(TagType::kScript, kStart + 35ms));
}

TEST(WakeRuleTest, DoesNotWaitForSoundThatDoesNotCome) {
  WakeRule rule;
  rule.LetPicturesWait(true);
  EXPECT_TRUE(rule.Wakes(TagType::kVideo, kStart));
  rule.Wakes(TagType::kAudio, kStart + 10ms);
  EXPECT_TRUE(rule.Wakes(TagType::kVideo, kStart + 10ms + WakeRule::kSoundEvery));
}

}  // namespace
}  // namespace ingress::relay
