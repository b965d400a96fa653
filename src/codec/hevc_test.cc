#include "codec/hevc.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/hex_test_util.h"

namespace ingress::codec {
namespace {

// libx265 3.5, Main, 322x242.
constexpr std::string_view kSps =
    "42010101600000030090000003000003003ca00a480f9c9265959a4932bc05a020000003002000000303 21";

Bytes Record(std::string_view arrays) {
  // Version, 20 bytes of profile, level and rates, length size 4.
  return FromHex(std::string("01") + std::string(40, '0') + "ff" + std::string(arrays));
}

TEST(ParseHevcConfigTest, ReadsAllParameterSets) {
  const auto config = ParseHevcConfig(Record("02 a0 0001 0002 4001 a1 0002 0002 4201 0001 42"));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->nal_length_size, 4);
  ASSERT_EQ(config->parameter_sets.size(), 3U);
  EXPECT_EQ(config->parameter_sets[1], FromHex("4201"));
}

TEST(ParseHevcConfigTest, RefusesTruncatedRecords) {
  const Bytes record = Record("01 a0 0001 0002 4001");
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(ParseHevcConfig(ByteView(record).first(size))) << size;
  }
  EXPECT_FALSE(ParseHevcConfig(Bytes(HevcConfig::kMaxRecordSize + 1, 1)));
}

TEST(ParseHevcSpsTest, AppliesTheConformanceWindow) {
  const auto sps = ParseHevcSps(FromHex(kSps));
  ASSERT_TRUE(sps) << sps.error().context;
  EXPECT_EQ(sps->width, 322);
  EXPECT_EQ(sps->height, 242);
  EXPECT_EQ(sps->bit_depth, 8);
  EXPECT_EQ(sps->chroma_format_idc, 1);
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
