#include "codec/hevc_sps.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::codec {
namespace {

// libx265 3.5, Main, 322x242.
constexpr std::string_view kSps =
    "42010101600000030090000003000003003ca00a480f9c9265959a4932bc05a020000003002000000303 21";

TEST(ParseHevcSpsTest, AppliesTheConformanceWindow) {
  const auto sps = ParseHevcSps(FromHex(kSps));
  ASSERT_TRUE(sps) << sps.error().context;
  EXPECT_EQ(sps->width, 322);
  EXPECT_EQ(sps->height, 242);
  EXPECT_EQ(sps->bit_depth, 8);
  EXPECT_EQ(sps->chroma_format_idc, 1);
}

TEST(ParseHevcSpsTest, ReadsTheAspectRatio) {
  EXPECT_TRUE(ParseHevcSps(FromHex(kSps))->sar.square());
  // libx265 3.5, 720x576, sar=16:11 and sar=64:45:bframes=3:temporal-layers=3:scaling-list=default
  const auto table = ParseHevcSps(
      FromHex("42010101600000030090000003000003005aa005a20090596566924caf046808000003000800000300c8"
              "40"));
  ASSERT_TRUE(table) << table.error().context;
  EXPECT_EQ(table->sar, (SampleAspectRatio{16, 11}));
  const auto extended = ParseHevcSps(
      FromHex("42010101600000030090000003000003005aa005a20090596565924e57ff80200016b404000003000400"
              "0003006420"));
  ASSERT_TRUE(extended) << extended.error().context;
  EXPECT_EQ(extended->sar, (SampleAspectRatio{64, 45}));
}

// With scaling lists, PCM, three short-term sets of which two are predicted, and two long-term
// pictures before the VUI. FFmpeg's trace_headers reads the same.
constexpr std::string_view kLongSps =
    "42010101600000030090000003000003005aa005a2009059657924fb4d34d34d34d2aaaaac8d34d34d34d34d34d34d"
    "34d34d34d34d34d34d34d34d34d34aac8d34d34d34d34d34d34d34d34d34d34d34d34d34d34d34d35ddec46bff4ffb"
    "64bc3ffc010000b40080";

TEST(ParseHevcSpsTest, FindsTheAspectRatioBehindListsAndSets) {
  const auto sps = ParseHevcSps(FromHex(kLongSps));
  ASSERT_TRUE(sps) << sps.error().context;
  EXPECT_EQ(sps->sar, (SampleAspectRatio{64, 45}));
}

TEST(ParseHevcSpsTest, TakesPixelsForSquareWhereTheSetBreaksOff) {
  const Bytes whole = FromHex(kLongSps);
  for (std::size_t size = 30; size + 3 < whole.size(); ++size) {
    const auto sps = ParseHevcSps(ByteView(whole).first(size));
    ASSERT_TRUE(sps) << size;
    EXPECT_EQ(sps->width, 720);
    EXPECT_TRUE(sps->sar.square()) << size;
  }
}

TEST(ParseHevcSpsTest, RefusesTruncatedAndForeignUnits) {
  const Bytes sps = FromHex(kSps);
  for (std::size_t size = 0; size < 20; ++size) {
    EXPECT_FALSE(ParseHevcSps(ByteView(sps).first(size))) << size;
  }
  EXPECT_FALSE(ParseHevcSps(FromHex("4001 0c01ffff")));
}

}  // namespace
}  // namespace ingress::codec
