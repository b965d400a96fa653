#include "pipeline/route/pass_through_eligibility.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

codec::SpsInfo NeverReorderingSps() {
  codec::SpsInfo sps;
  sps.profile_idc = 100;
  sps.coded_width = sps.width = 1280;
  sps.coded_height = sps.height = 720;
  sps.max_num_reorder_frames = 0;
  sps.max_dec_frame_buffering = 1;
  return sps;
}

const PassThroughEligibility::Limits kLimits{
    .top = {.width = 1280, .height = 720, .bitrate = 1'900'000}};

/// Feeds `count` pictures of `size` bytes, `step` apart.
void Feed(PassThroughEligibility& eligibility, int count, std::size_t size = 8000,
          SessionTime step = 33ms, SessionTime from = 1s) {
  for (int i = 0; i < count; ++i) {
    eligibility.OnPicture({.size = size,
                           .timestamp = from + i * step,
                           .dts = from + i * step,
                           .pts = from + i * step,
                           .idr = i % 60 == 0});
  }
}

TEST(PassThroughEligibilityTest, TakesAStreamWhoseHeadersRuleReorderingOutAtOnce) {
  PassThroughEligibility eligibility;
  eligibility.OnParameterSets(NeverReorderingSps(), 1);
  EXPECT_FALSE(eligibility.Check(kLimits).has_value());
}

TEST(PassThroughEligibilityTest, WatchesAStreamWhoseHeadersAllowReordering) {
  PassThroughEligibility eligibility;
  codec::SpsInfo sps = NeverReorderingSps();
  sps.max_num_reorder_frames.reset();
  eligibility.OnParameterSets(sps, 1);
  Feed(eligibility, PassThroughEligibility::kPicturesInOrder - 1);
  EXPECT_TRUE(eligibility.Check(kLimits).has_value());
  Feed(eligibility, 1, 8000, 33ms, 3s);
  EXPECT_FALSE(eligibility.Check(kLimits).has_value());
}

TEST(PassThroughEligibilityTest, NamesBFramesAndTheRemedy) {
  PassThroughEligibility eligibility;
  eligibility.OnParameterSets(NeverReorderingSps(), 1);
  Feed(eligibility, 10);
  eligibility.OnPicture({.size = 100, .dts = 2s, .pts = 2s, .b_slices = true});
  ASSERT_TRUE(eligibility.Check(kLimits).has_value());
  EXPECT_NE(eligibility.Check(kLimits)->reason.find("B-frames 0"), std::string::npos);
}

TEST(PassThroughEligibilityTest, SeesReorderingInChangingCompositionOffsetsOnly) {
  PassThroughEligibility eligibility;
  eligibility.OnParameterSets(NeverReorderingSps(), 1);
  for (int i = 0; i < 10; ++i) eligibility.OnPicture({.dts = i * 33ms, .pts = i * 33ms + 67ms});
  EXPECT_FALSE(eligibility.Check(kLimits).has_value());
  eligibility.OnPicture({.dts = 330ms, .pts = 330ms});
  EXPECT_TRUE(eligibility.Check(kLimits).has_value());
}

TEST(PassThroughEligibilityTest, RefusesWhatViewersCannotDecode) {
  const auto ineligible = [](auto change) {
    codec::SpsInfo sps = NeverReorderingSps();
    change(sps);
    PassThroughEligibility eligibility;
    eligibility.OnParameterSets(sps, 1);
    return eligibility.Check(kLimits).has_value();
  };
  EXPECT_TRUE(ineligible([](auto& sps) { sps.bit_depth = 10; }));
  EXPECT_TRUE(ineligible([](auto& sps) { sps.chroma_format_idc = 2; }));
  EXPECT_TRUE(ineligible([](auto& sps) { sps.frame_mbs_only = false; }));
  EXPECT_TRUE(ineligible([](auto& sps) { sps.sar.width = 2; }));
  EXPECT_TRUE(ineligible([](auto& sps) { sps.width = sps.coded_width = 1920; }));
  EXPECT_TRUE(ineligible([](auto& sps) { sps.colour.primaries = 9; })) << "BT.2020";
  EXPECT_TRUE(ineligible([](auto& sps) { sps.colour.transfer = 16; })) << "PQ";
  EXPECT_FALSE(ineligible([](auto& sps) {
    sps.colour = {.full_range = true, .primaries = 6, .transfer = 6, .matrix = 6};
  })) << "BT.601 of full range";
  PassThroughEligibility groups;
  groups.OnParameterSets(NeverReorderingSps(), 2);
  EXPECT_TRUE(groups.Check(kLimits).has_value());
}

TEST(PassThroughEligibilityTest, SendsKeyFramesWithoutIdrToTheLadder) {
  PassThroughEligibility eligibility;
  eligibility.OnParameterSets(NeverReorderingSps(), 1);
  eligibility.OnPicture({.dts = 1s, .pts = 1s, .claims_key = true});
  EXPECT_TRUE(eligibility.Check(kLimits).has_value());
  eligibility.OnPicture({.dts = 2s, .pts = 2s, .idr = true, .claims_key = true});
  EXPECT_FALSE(eligibility.Check(kLimits).has_value());
}

TEST(PassThroughEligibilityTest, LeavesAboveTheBitrateWithAMarginAndComesBackBelowIt) {
  PassThroughEligibility eligibility;
  eligibility.OnParameterSets(NeverReorderingSps(), 1);
  auto after_seconds_of = [&eligibility, from = SessionTime(1s)](std::size_t size) mutable {
    Feed(eligibility, 240, size, 33ms, from);
    from += 240 * 33ms;
    return eligibility.Check(kLimits).has_value();
  };
  EXPECT_FALSE(after_seconds_of(16'500));  // 4.0 Mb/s, within the margin
  EXPECT_TRUE(after_seconds_of(19'000));   // 4.6 Mb/s
  EXPECT_TRUE(after_seconds_of(16'500));   // not yet back below the limit
  EXPECT_FALSE(after_seconds_of(15'000));  // 3.6 Mb/s
}

TEST(PassThroughEligibilityTest, KeepsAFasterSourceFromPassing) {
  PassThroughEligibility eligibility;
  eligibility.OnParameterSets(NeverReorderingSps(), 1);
  Feed(eligibility, 300, 1000, 17ms);
  EXPECT_TRUE(eligibility.Check(kLimits).has_value());
}

TEST(PassThroughEligibilityTest, SeesNoFasterSourceInTheBurstAfterAStall) {
  PassThroughEligibility eligibility;
  eligibility.OnParameterSets(NeverReorderingSps(), 1);
  SessionTime at = 1s;
  const auto feed = [&](int count, SessionTime step) {
    Feed(eligibility, count, 1000, step, at);
    at += count * step;
    EXPECT_FALSE(eligibility.Check(kLimits).has_value());
  };
  feed(100, 33ms);
  for (int i = 0; i < 3; ++i) {
    at += 600ms;
    feed(18, 1ms);
    feed(63, 33ms);
  }
}

TEST(PassThroughEligibilityTest, SaysWhichCodecIsNotPassed) {
  PassThroughEligibility eligibility;
  eligibility.OnForeignCodec("HEVC");
  EXPECT_NE(eligibility.Check(kLimits)->reason.find("HEVC"), std::string::npos);
}

}  // namespace
}  // namespace ingress::pipeline
