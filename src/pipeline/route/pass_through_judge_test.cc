#include "pipeline/route/pass_through_judge.h"

#include <gtest/gtest.h>

namespace ingress {
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

const PassThroughJudge::Limits kLimits{.top = {.width = 1280, .height = 720, .bitrate = 1'900'000}};

/// Feeds `count` pictures of `size` bytes, `step` apart.
void Feed(PassThroughJudge& judge, int count, std::size_t size = 8000, SessionTime step = 33ms,
          SessionTime from = 1s) {
  for (int i = 0; i < count; ++i) {
    judge.OnPicture(
        {.size = size,
         .timestamp = std::chrono::duration_cast<std::chrono::milliseconds>(from + i * step),
         .dts = from + i * step,
         .pts = from + i * step,
         .idr = i % 60 == 0});
  }
}

TEST(PassThroughJudgeTest, TakesAStreamWhoseHeadersRuleReorderingOutAtOnce) {
  PassThroughJudge judge;
  judge.OnParameterSets(NeverReorderingSps(), 1);
  EXPECT_FALSE(judge.Object(kLimits).has_value());
}

TEST(PassThroughJudgeTest, WatchesAStreamWhoseHeadersAllowReordering) {
  PassThroughJudge judge;
  codec::SpsInfo sps = NeverReorderingSps();
  sps.max_num_reorder_frames.reset();
  judge.OnParameterSets(sps, 1);
  Feed(judge, PassThroughJudge::kProof - 1);
  EXPECT_TRUE(judge.Object(kLimits).has_value());
  Feed(judge, 1, 8000, 33ms, 3s);
  EXPECT_FALSE(judge.Object(kLimits).has_value());
}

TEST(PassThroughJudgeTest, NamesBFramesAndTheRemedy) {
  PassThroughJudge judge;
  judge.OnParameterSets(NeverReorderingSps(), 1);
  Feed(judge, 10);
  judge.OnPicture({.size = 100, .dts = 2s, .pts = 2s, .b_slices = true});
  ASSERT_TRUE(judge.Object(kLimits).has_value());
  EXPECT_NE(judge.Object(kLimits)->reason.find("B-frames 0"), std::string::npos);
}

TEST(PassThroughJudgeTest, SeesReorderingInChangingCompositionOffsetsOnly) {
  PassThroughJudge judge;
  judge.OnParameterSets(NeverReorderingSps(), 1);
  for (int i = 0; i < 10; ++i) judge.OnPicture({.dts = i * 33ms, .pts = i * 33ms + 67ms});
  EXPECT_FALSE(judge.Object(kLimits).has_value());
  judge.OnPicture({.dts = 330ms, .pts = 330ms});
  EXPECT_TRUE(judge.Object(kLimits).has_value());
}

TEST(PassThroughJudgeTest, RefusesWhatViewersCannotDecode) {
  const auto objection = [](auto change) {
    codec::SpsInfo sps = NeverReorderingSps();
    change(sps);
    PassThroughJudge judge;
    judge.OnParameterSets(sps, 1);
    return judge.Object(kLimits).has_value();
  };
  EXPECT_TRUE(objection([](auto& sps) { sps.bit_depth = 10; }));
  EXPECT_TRUE(objection([](auto& sps) { sps.chroma_format_idc = 2; }));
  EXPECT_TRUE(objection([](auto& sps) { sps.frame_mbs_only = false; }));
  EXPECT_TRUE(objection([](auto& sps) { sps.sar.width = 2; }));
  EXPECT_TRUE(objection([](auto& sps) { sps.width = sps.coded_width = 1920; }));
  EXPECT_TRUE(objection([](auto& sps) { sps.colour.primaries = 9; })) << "BT.2020";
  EXPECT_TRUE(objection([](auto& sps) { sps.colour.transfer = 16; })) << "PQ";
  EXPECT_FALSE(objection([](auto& sps) {
    sps.colour = {.full_range = true, .primaries = 6, .transfer = 6, .matrix = 6};
  })) << "BT.601 of full range";
  PassThroughJudge groups;
  groups.OnParameterSets(NeverReorderingSps(), 2);
  EXPECT_TRUE(groups.Object(kLimits).has_value());
}

TEST(PassThroughJudgeTest, SendsKeyFramesWithoutIdrToTheLadder) {
  PassThroughJudge judge;
  judge.OnParameterSets(NeverReorderingSps(), 1);
  judge.OnPicture({.dts = 1s, .pts = 1s, .claims_key = true});
  EXPECT_TRUE(judge.Object(kLimits).has_value());
  judge.OnPicture({.dts = 2s, .pts = 2s, .idr = true, .claims_key = true});
  EXPECT_FALSE(judge.Object(kLimits).has_value());
}

TEST(PassThroughJudgeTest, LeavesAboveTheBitrateWithAMarginAndComesBackBelowIt) {
  PassThroughJudge judge;
  judge.OnParameterSets(NeverReorderingSps(), 1);
  auto after_seconds_of = [&judge, from = SessionTime(1s)](std::size_t size) mutable {
    Feed(judge, 240, size, 33ms, from);
    from += 240 * 33ms;
    return judge.Object(kLimits).has_value();
  };
  EXPECT_FALSE(after_seconds_of(16'500));  // 4.0 Mb/s, within the margin
  EXPECT_TRUE(after_seconds_of(19'000));   // 4.6 Mb/s
  EXPECT_TRUE(after_seconds_of(16'500));   // not yet back below the limit
  EXPECT_FALSE(after_seconds_of(15'000));  // 3.6 Mb/s
}

TEST(PassThroughJudgeTest, KeepsAFasterSourceFromPassing) {
  PassThroughJudge judge;
  judge.OnParameterSets(NeverReorderingSps(), 1);
  Feed(judge, 300, 1000, 17ms);
  EXPECT_TRUE(judge.Object(kLimits).has_value());
}

TEST(PassThroughJudgeTest, SeesNoFasterSourceInTheBurstAfterAStall) {
  PassThroughJudge judge;
  judge.OnParameterSets(NeverReorderingSps(), 1);
  SessionTime at = 1s;
  const auto feed = [&](int count, SessionTime step) {
    Feed(judge, count, 1000, step, at);
    at += count * step;
    EXPECT_FALSE(judge.Object(kLimits).has_value());
  };
  feed(100, 33ms);
  for (int i = 0; i < 3; ++i) {
    at += 600ms;
    feed(18, 1ms);
    feed(63, 33ms);
  }
}

TEST(PassThroughJudgeTest, SaysWhichCodecIsNotPassed) {
  PassThroughJudge judge;
  judge.OnForeignCodec("HEVC");
  EXPECT_NE(judge.Object(kLimits)->reason.find("HEVC"), std::string::npos);
}

}  // namespace
}  // namespace ingress
