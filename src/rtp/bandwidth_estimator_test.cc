#include "rtp/bandwidth_estimator.h"

#include <gtest/gtest.h>

#include "support/uplink_simulation.h"

namespace ingress::rtp {
namespace {

using namespace std::chrono_literals;

class BandwidthEstimatorTest : public testing::Test {
 protected:
  std::optional<std::uint64_t> estimate() { return link_.estimator().estimate(); }

  test::UplinkSimulation link_;
};

TEST_F(BandwidthEstimatorTest, SaysNothingOfAPathThatCarriesAll) {
  link_.bitrate = 3'000'000;
  link_.capacity = 5'000'000;
  link_.Run(60s);
  EXPECT_FALSE(estimate());
}

TEST_F(BandwidthEstimatorTest, JitterOfABusyHostIsNoCongestion) {
  link_.bitrate = 3'000'000;
  link_.jitter = 150ms;
  link_.Run(60s);
  EXPECT_FALSE(estimate());
}

TEST_F(BandwidthEstimatorTest, StraySingleLossesAreNoCongestion) {
  link_.bitrate = 3'000'000;
  link_.loss = 0.03;
  link_.Run(60s);
  EXPECT_FALSE(estimate());
}

TEST_F(BandwidthEstimatorTest, AMomentWithoutAnyPathIsNoCongestion) {
  link_.bitrate = 3'000'000;
  link_.Run(5s);
  link_.loss = 1;
  link_.Run(2s);
  link_.loss = 0;
  link_.Run(5s);
  EXPECT_FALSE(estimate());
}

TEST_F(BandwidthEstimatorTest, LossOfAChangeOfStreamsIsNoCongestion) {
  link_.bitrate = 3'000'000;
  link_.Run(5s);
  link_.estimator().OnStreamsChanged(link_.now());
  link_.loss = 0.5;
  link_.Run(500ms);
  link_.loss = 0;
  link_.Run(5s);
  EXPECT_FALSE(estimate());
}

TEST_F(BandwidthEstimatorTest, LossThatOutlastsAChangeOfStreamsIs) {
  link_.bitrate = 3'000'000;
  link_.Run(5s);
  link_.estimator().OnStreamsChanged(link_.now());
  link_.loss = 0.5;
  link_.Run(2s);
  EXPECT_TRUE(estimate());
}

TEST_F(BandwidthEstimatorTest, FindsANarrowLinkByItsQueueWithinASecond) {
  link_.bitrate = 3'000'000;
  link_.Run(5s);
  link_.capacity = 1'200'000;
  link_.Run(1s);
  ASSERT_TRUE(estimate());
  EXPECT_LT(*estimate(), 1'200'000U);
  EXPECT_GT(*estimate(), 800'000U);
}

TEST_F(BandwidthEstimatorTest, FindsAPolicerByItsLoss) {
  link_.bitrate = 3'000'000;
  link_.longest_queue = 15ms;
  link_.Run(5s);
  link_.capacity = 1'200'000;
  link_.Run(2s, [&] {
    if (estimate()) link_.bitrate = *estimate();
  });
  ASSERT_TRUE(estimate());
  EXPECT_LT(*estimate(), 1'500'000U);
  EXPECT_GT(*estimate(), 500'000U);
}

TEST_F(BandwidthEstimatorTest, SettlesBelowTheCapacityWhenObeyed) {
  link_.bitrate = 3'000'000;
  link_.Run(5s);
  link_.capacity = 1'200'000;
  std::uint64_t least = 3'000'000;
  link_.Run(30s, [&] {
    if (estimate()) link_.bitrate = std::min<std::uint64_t>(3'000'000, *estimate());
    least = std::min(least, link_.bitrate);
  });
  EXPECT_GT(least, 600'000U);
  EXPECT_LT(*estimate(), 1'500'000U);
}

TEST_F(BandwidthEstimatorTest, GrowsAgainWhenTheLinkDoesAndIsForgotten) {
  link_.bitrate = 3'000'000;
  link_.Run(5s);
  link_.capacity = 1'200'000;
  link_.Run(1s);
  link_.capacity = 10'000'000;
  link_.Run(20s, [&] {
    if (estimate()) link_.bitrate = std::min<std::uint64_t>(3'000'000, *estimate());
  });
  EXPECT_EQ(link_.bitrate, 3'000'000U);
  link_.Run(BandwidthEstimator::kForget);
  EXPECT_FALSE(estimate());
}

TEST_F(BandwidthEstimatorTest, ALongerWayIsTakenForAQueueOnlyForAMoment) {
  link_.bitrate = 1'000'000;
  link_.Run(20s);
  link_.way = 150ms;
  link_.Run(3s);
  const auto low = estimate();
  link_.Run(30s);
  ASSERT_TRUE(estimate());
  EXPECT_GT(*estimate(), 2 * low.value_or(0));
}

}  // namespace
}  // namespace ingress::rtp
