#include "pipeline/source/source_growth.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1000s};
constexpr LayerSpec k360p{.width = 640, .height = 360};
constexpr LayerSpec k480p{.width = 854, .height = 480};
constexpr LayerSpec k720p{.width = 1280, .height = 720};

class SourceGrowthTest : public testing::Test {
 protected:
  SourceGrowthTest() { growth_.OnPublished(k360p, kStart); }
  SourceGrowth growth_;
};

TEST_F(SourceGrowthTest, ASourceThatStaysLargerIsDue) {
  EXPECT_FALSE(growth_.Due(kStart + 1h));
  growth_.OnFormat(k720p, kStart + 2s);
  EXPECT_FALSE(growth_.Due(kStart + 5s));
  growth_.OnFormat(k720p, kStart + 5s);  // the same once more, as some encoders send it
  EXPECT_TRUE(growth_.Due(kStart + 6s));
}

TEST_F(SourceGrowthTest, ANewTrackThatCannotBeHadIsOverdue) {
  growth_.OnFormat(k720p, kStart);
  EXPECT_FALSE(growth_.Overdue(kStart + 7s));
  EXPECT_TRUE(growth_.Overdue(kStart + 8s));
  growth_.OnPublished(k720p, kStart + 9s);
  EXPECT_FALSE(growth_.Overdue(kStart + 1h));
}

TEST_F(SourceGrowthTest, OneThatGoesBackIsNot) {
  growth_.OnFormat(k720p, kStart);
  growth_.OnFormat(k360p, kStart + 3s);
  EXPECT_FALSE(growth_.Due(kStart + 1h));
}

TEST_F(SourceGrowthTest, OneThatShrinksIsNot) {
  growth_.OnFormat({.width = 320, .height = 180}, kStart);
  EXPECT_FALSE(growth_.Due(kStart + 1h));
}

TEST_F(SourceGrowthTest, AFewPixelsMoreOrATurnAreNotWorthIt) {
  growth_.OnFormat({.width = 688, .height = 368}, kStart);
  EXPECT_FALSE(growth_.Due(kStart + 1h));
  growth_.OnFormat({.width = 360, .height = 640}, kStart);
  EXPECT_FALSE(growth_.Due(kStart + 1h));
}

TEST_F(SourceGrowthTest, OneThatGrowsInStepsIsWaitedFor) {
  growth_.OnFormat(k480p, kStart);
  growth_.OnFormat(k720p, kStart + 3s);
  EXPECT_FALSE(growth_.Due(kStart + 6s));
  EXPECT_TRUE(growth_.Due(kStart + 7s));
}

TEST_F(SourceGrowthTest, ANewTrackIsFollowedByAnotherOnlyAfterARest) {
  growth_.OnFormat(k480p, kStart);
  ASSERT_TRUE(growth_.Due(kStart + 4s));
  growth_.OnPublished(k480p, kStart + 4s);
  EXPECT_FALSE(growth_.Due(kStart + 1h));
  growth_.OnFormat(k720p, kStart + 5s);
  EXPECT_FALSE(growth_.Due(kStart + 23s));
  EXPECT_TRUE(growth_.Due(kStart + 24s));
}

}  // namespace
}  // namespace ingress::pipeline
