#include "handler/publish_plan.h"

#include <gtest/gtest.h>

namespace ingress::handler {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{};

TEST(PublishPlanTest, PublishesBothTogether) {
  PublishPlan plan;
  EXPECT_FALSE(plan.Due({.video_ready = true}, kStart).any());
  const auto due = plan.Due({.video_ready = true, .audio_ready = true}, kStart + 20ms);
  EXPECT_TRUE(due.video);
  EXPECT_TRUE(due.audio);
}

TEST(PublishPlanTest, StopsWaitingForThePartnerAfterTheGrace) {
  PublishPlan plan;
  EXPECT_FALSE(plan.deadline());
  EXPECT_FALSE(plan.Due({.audio_ready = true}, kStart).any());
  EXPECT_EQ(plan.deadline(), kStart + PublishPlan::kPartnerGrace);
  const auto due = plan.Due({.audio_ready = true}, kStart + PublishPlan::kPartnerGrace);
  EXPECT_TRUE(due.audio);
  EXPECT_FALSE(due.video);
  plan.OnPublished(due);
  EXPECT_FALSE(plan.deadline());
}

TEST(PublishPlanTest, DoesNotWaitForWhatTheMetadataRulesOut) {
  PublishPlan plan;
  EXPECT_TRUE(plan.Due({.video_ready = true, .audio_expected = false}, kStart).video);
}

TEST(PublishPlanTest, LatePartnerIsPublishedAlone) {
  PublishPlan plan;
  plan.Due({.audio_ready = true}, kStart);
  plan.OnPublished({.video = false, .audio = true});
  const auto due = plan.Due({.video_ready = true, .audio_ready = true}, kStart + 20s);
  EXPECT_TRUE(due.video);
  EXPECT_FALSE(due.audio);
}

TEST(PublishPlanTest, NothingIsDueTwice) {
  PublishPlan plan;
  plan.Due({.video_ready = true, .audio_ready = true}, kStart);
  plan.OnPublished({.video = true, .audio = true});
  EXPECT_FALSE(plan.Due({.video_ready = true, .audio_ready = true}, kStart + 1s).any());
}

}  // namespace
}  // namespace ingress::handler
