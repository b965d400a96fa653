#include "codec/h264_sps.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::codec {
namespace {

// Written by libx264 164; the first line of each test says how.

TEST(ParseSpsTest, ReadsConstrainedBaseline) {
  // -profile:v baseline, 320x240 at 25
  const auto sps = ParseSps(FromHex("6742c00dd90141fb011000000300100000030320f142a480"));
  ASSERT_TRUE(sps) << sps.error().context;
  EXPECT_EQ(sps->profile_idc, 66);
  EXPECT_EQ(sps->constraint_flags, 0xc0);
  EXPECT_EQ(sps->level_idc, 13);
  EXPECT_EQ(sps->width, 320);
  EXPECT_EQ(sps->height, 240);
  EXPECT_TRUE(sps->frame_mbs_only);
  EXPECT_DOUBLE_EQ(sps->frame_rate.value(), 25);
  EXPECT_EQ(sps->max_num_reorder_frames, 0);
  EXPECT_TRUE(sps->NeverReorders());
}

TEST(ParseSpsTest, ReadsMainWithReordering) {
  // -profile:v main -bf 2, 320x240 at 30
  const auto sps = ParseSps(FromHex("674d400deca0a0fd8088000003000800000301e078a14cb0"));
  ASSERT_TRUE(sps) << sps.error().context;
  EXPECT_EQ(sps->profile_idc, 77);
  EXPECT_EQ(sps->max_num_reorder_frames, 2);
  EXPECT_FALSE(sps->NeverReorders());
  EXPECT_DOUBLE_EQ(sps->frame_rate.value(), 30);
}

TEST(ParseSpsTest, CropsFullHdFromItsMacroblocks) {
  // -profile:v high, 1920x1080 at 30
  const auto sps = ParseSps(FromHex("67640028acd940780227e5c044000003000400000300f03c60c658"));
  ASSERT_TRUE(sps) << sps.error().context;
  EXPECT_EQ(sps->profile_idc, 100);
  EXPECT_EQ(sps->level_idc, 40);
  EXPECT_EQ(sps->coded_width, 1920);
  EXPECT_EQ(sps->coded_height, 1088);
  EXPECT_EQ(sps->width, 1920);
  EXPECT_EQ(sps->height, 1080);
  EXPECT_EQ(sps->num_ref_frames, 4);
  EXPECT_EQ(sps->poc_type, 0);
}

TEST(ParseSpsTest, ReadsInterlacedAnamorphicPal) {
  // -profile:v high -flags +ilme+ildct -aspect 16:9, 720x576 at 25
  const auto sps = ParseSps(FromHex("6764001eacd940b424dff8020001688000000300800000190f8a14cb"));
  ASSERT_TRUE(sps) << sps.error().context;
  EXPECT_FALSE(sps->frame_mbs_only);
  EXPECT_EQ(sps->width, 720);
  EXPECT_EQ(sps->height, 576);
  EXPECT_EQ(sps->sar, (SampleAspectRatio{64, 45}));
  EXPECT_EQ(sps->display_size().width, 1024);
  EXPECT_EQ(sps->display_size().height, 576);
  EXPECT_DOUBLE_EQ(sps->frame_rate.value(), 25);
}

TEST(ParseSpsTest, ReadsColourTimingAndHrd) {
  // -profile:v high, BT.709, nal-hrd=cbr, 640x360 at 30000/1001
  const auto sps = ParseSps(
      FromHex("6764001eacd940a02ff97016a020202800001f480007530301000f420003d09c98600f162d96"));
  ASSERT_TRUE(sps) << sps.error().context;
  EXPECT_EQ(sps->width, 640);
  EXPECT_EQ(sps->height, 360);
  EXPECT_FALSE(sps->colour.full_range);
  EXPECT_EQ(sps->colour.primaries, 1);
  EXPECT_EQ(sps->colour.transfer, 1);
  EXPECT_EQ(sps->colour.matrix, 1);
  EXPECT_NEAR(sps->frame_rate.value(), 29.97, 0.001);
  EXPECT_EQ(sps->max_num_reorder_frames, 2);
}

TEST(ParseSpsTest, ReadsHigherBitDepthAndChroma) {
  // -profile:v high10 yuv420p10le and -profile:v high444 yuv444p, 176x144 at 10
  const auto high10 = ParseSps(FromHex("676e000aa6cd942c4ec044000003000400000300503c489658"));
  ASSERT_TRUE(high10) << high10.error().context;
  EXPECT_EQ(high10->bit_depth, 10);
  EXPECT_EQ(high10->chroma_format_idc, 1);
  EXPECT_EQ(high10->width, 176);
  const auto high444 = ParseSps(FromHex("67f4000a919b28589d8088000003000800000300a078912cb0"));
  ASSERT_TRUE(high444) << high444.error().context;
  EXPECT_EQ(high444->chroma_format_idc, 3);
  EXPECT_EQ(high444->height, 144);
}

TEST(ParseSpsTest, RefusesEveryTruncationBeforeTheVui) {
  const Bytes sps = FromHex("67640028acd940780227e5c044000003000400000300f03c60c658");
  for (std::size_t size = 0; size < 10; ++size) {
    EXPECT_FALSE(ParseSps(ByteView(sps).first(size))) << size;
  }
}

TEST(ParseSpsTest, KeepsWhatStandsBeforeABrokenVui) {
  const Bytes sps = FromHex("67640028acd940780227e5c044000003000400000300f03c60c658");
  const auto cut = ParseSps(ByteView(sps).first(16));
  ASSERT_TRUE(cut) << cut.error().context;
  EXPECT_EQ(cut->height, 1080);
  EXPECT_FALSE(cut->max_num_reorder_frames);
}

TEST(ParseSpsTest, RefusesOtherUnits) {
  const auto sps = ParseSps(FromHex("68ebe3cb22c0"));
  ASSERT_FALSE(sps);
  EXPECT_EQ(sps.error().code, ErrorCode::kMalformed);
}

TEST(ParseSpsTest, RefusesAnAbsurdSize) {
  // Baseline, id 0, frame_num 4 bits, POC type 2, 1 reference, width of 65536 macroblocks.
  const auto sps = ParseSps(FromHex("67 42001e f6 8000 0800 04 2c"));
  ASSERT_FALSE(sps);
  EXPECT_EQ(sps.error().code, ErrorCode::kLimitExceeded) << sps.error().context;
}

TEST(ParsePpsTest, ReadsEntropyCodingAndSliceGroups) {
  const auto baseline = ParsePps(FromHex("68cb83cb20"));
  ASSERT_TRUE(baseline);
  EXPECT_FALSE(baseline->cabac);
  EXPECT_EQ(baseline->slice_groups, 1);
  EXPECT_TRUE(ParsePps(FromHex("68ebe3cb22c0")).value().cabac);
  EXPECT_FALSE(ParsePps(FromHex("68")));
}

TEST(WithoutReorderingTest, ChangesOnlyTheRestriction) {
  const Bytes original = FromHex("67640028acd940780227e5c044000003000400000300f03c60c658");
  const auto rewritten = WithoutReordering(original);
  ASSERT_TRUE(rewritten);
  const auto before = ParseSps(original).value();
  const auto after = ParseSps(*rewritten).value();
  EXPECT_EQ(before.max_num_reorder_frames, 2);
  EXPECT_EQ(after.max_num_reorder_frames, 0);
  EXPECT_EQ(after.max_dec_frame_buffering, 4);
  EXPECT_EQ(after.width, before.width);
  EXPECT_EQ(after.height, before.height);
  EXPECT_EQ(after.frame_rate, before.frame_rate);
  EXPECT_EQ(after.level_idc, before.level_idc);
}

TEST(WithoutReorderingTest, AddsAVuiWhereThereIsNone) {
  // 42c01f: 1280x720, POC type 2, no VUI.
  const Bytes original = FromHex("6742c01fda014016e4");
  const auto before = ParseSps(original);
  ASSERT_TRUE(before) << before.error().context;
  EXPECT_FALSE(before->max_num_reorder_frames);
  const auto rewritten = WithoutReordering(original);
  ASSERT_TRUE(rewritten);
  const auto after = ParseSps(*rewritten);
  ASSERT_TRUE(after) << after.error().context;
  EXPECT_EQ(after->max_num_reorder_frames, 0);
  EXPECT_EQ(after->width, before->width);
  EXPECT_EQ(after->height, before->height);
}

TEST(WithoutReorderingTest, IsStableWhenAppliedTwice) {
  const Bytes original = FromHex("674d400deca0a0fd8088000003000800000301e078a14cb0");
  const Bytes once = WithoutReordering(original).value();
  EXPECT_EQ(WithoutReordering(once).value(), once);
}

TEST(WithoutRestrictionTest, ChangesNothingElse) {
  const Bytes original = FromHex("67640028acd940780227e5c044000003000400000300f03c60c658");
  const auto before = ParseSps(original).value();
  ASSERT_TRUE(before.max_num_reorder_frames);
  const Bytes rewritten = WithoutRestriction(original).value();
  const auto after = ParseSps(rewritten).value();
  EXPECT_FALSE(after.max_num_reorder_frames);
  EXPECT_EQ(after.width, before.width);
  EXPECT_EQ(after.num_ref_frames, before.num_ref_frames);
  EXPECT_EQ(after.frame_rate, before.frame_rate);
  EXPECT_EQ(after.colour, before.colour);
  EXPECT_EQ(WithoutRestriction(rewritten).value(), rewritten);
}

TEST(WithColourTest, ReplacesOrAddsWhatTheVuiSays) {
  const ColourInfo colour{.full_range = false, .primaries = 6, .transfer = 6, .matrix = 6};
  for (
      const char* sps : {
          "6742c00dd90141fb011000000300100000030320f142a480",  // without colours
          "6764001eacd940a02ff97016a020202800001f480007530301000f420003d09c98600f162d96",  // BT.709
          "6742c00dd90141f9",  // without a VUI
      }) {
    const Bytes before = FromHex(sps);
    const auto rewritten = WithColour(before, colour);
    ASSERT_TRUE(rewritten) << rewritten.error().context;
    const auto old_info = ParseSps(before);
    const auto info = ParseSps(*rewritten);
    ASSERT_TRUE(info) << info.error().context;
    EXPECT_EQ(info->colour, colour);
    EXPECT_EQ(info->width, old_info->width);
    EXPECT_EQ(info->frame_rate, old_info->frame_rate);
    EXPECT_EQ(info->max_num_reorder_frames, old_info->max_num_reorder_frames);
    EXPECT_EQ(WithColour(*rewritten, colour).value(), *rewritten);
  }
}

}  // namespace
}  // namespace ingress::codec
