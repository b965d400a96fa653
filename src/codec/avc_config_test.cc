#include "codec/avc_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::codec {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// libx264 High 1920x1080, as FFmpeg 5.1 puts it into FLV (with the chroma extension at the end).
constexpr std::string_view kRecord =
    "01 640028 ff e1 001b 67640028acd940780227e5c044000003000400000300f03c60c658"
    "01 0006 68ebe3cb22c0 fdf8f800";

TEST(ParseAvcConfigTest, ReadsARecordWithTheChromaExtension) {
  const auto config = ParseAvcConfig(FromHex(kRecord));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->profile_idc, 100);
  EXPECT_EQ(config->level_idc, 40);
  EXPECT_EQ(config->nal_length_size, 4);
  EXPECT_THAT(config->sps,
              ElementsAre(FromHex("67640028acd940780227e5c044000003000400000300f03c60c658")));
  EXPECT_THAT(config->pps, ElementsAre(FromHex("68ebe3cb22c0")));
}

TEST(ParseAvcConfigTest, RefusesEveryTruncationInsideTheParameterSets) {
  const Bytes record = FromHex(kRecord);
  for (std::size_t size = 0; size < record.size() - 4; ++size) {
    EXPECT_FALSE(ParseAvcConfig(ByteView(record).first(size))) << size;
  }
}

TEST(ParseAvcConfigTest, IgnoresReservedBitsAndEmptyParameterSets) {
  const auto config = ParseAvcConfig(FromHex("01 42c01e 03 02 0000 0002 6742 02 0000 0002 68ce"));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_THAT(config->sps, ElementsAre(FromHex("6742")));
  EXPECT_THAT(config->pps, ElementsAre(FromHex("68ce")));
}

TEST(ParseAvcConfigTest, TakesARecordWithoutParameterSets) {
  EXPECT_THAT(ParseAvcConfig(FromHex("01 42c01e ff e0")).value().sps, IsEmpty());
  EXPECT_THAT(ParseAvcConfig(FromHex("01 42c01e ff e0 00")).value().sps, IsEmpty());
}

TEST(ParseAvcConfigTest, TakesTheMostParameterSetsThatTheCountsAllow) {
  Bytes record = FromHex("01 42c01e ff ff");
  for (int i = 0; i < 31; ++i) {
    const Bytes sps = FromHex("0002 6742");
    record.insert(record.end(), sps.begin(), sps.end());
  }
  record.push_back(255);
  for (int i = 0; i < 255; ++i) {
    const Bytes pps = FromHex("0002 68ce");
    record.insert(record.end(), pps.begin(), pps.end());
  }
  const auto config = ParseAvcConfig(record);
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_THAT(config->sps, SizeIs(31));
  EXPECT_THAT(config->pps, SizeIs(255));
  EXPECT_EQ(SerializeAvcConfig(*config), record);
}

TEST(ParseAvcConfigTest, AcceptsShortLengthsButNotThreeBytes) {
  EXPECT_EQ(ParseAvcConfig(FromHex("01 42c01e fc e0 00")).value().nal_length_size, 1);
  EXPECT_EQ(ParseAvcConfig(FromHex("01 42c01e fd e0 00")).value().nal_length_size, 2);
  const auto three = ParseAvcConfig(FromHex("01 42c01e fe e0 00"));
  ASSERT_FALSE(three);
  EXPECT_EQ(three.error().code, ErrorCode::kMalformed);
}

TEST(ParseAvcConfigTest, AcceptsAnnexBInPlaceOfTheRecord) {
  const auto config = ParseAvcConfig(FromHex("00000001 6742c01e99 00000001 68ce3c80"));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->profile_idc, 66);
  EXPECT_EQ(config->level_idc, 30);
  EXPECT_THAT(config->sps, SizeIs(1));
  EXPECT_THAT(config->pps, ElementsAre(FromHex("68ce3c80")));
}

TEST(ParseAvcConfigTest, RefusesOtherVersionsUnitsAndSizes) {
  EXPECT_FALSE(ParseAvcConfig(FromHex("00 42c01e ff e0 00")));
  EXPECT_FALSE(ParseAvcConfig(FromHex("01 42c01e ff e1 0002 68ce 00")));
  const auto large = ParseAvcConfig(Bytes(AvcConfig::kMaxRecordSize + 1, 1));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kLimitExceeded);
}

TEST(SerializeAvcConfigTest, RoundTrips) {
  const auto config = ParseAvcConfig(FromHex(kRecord)).value();
  EXPECT_EQ(ParseAvcConfig(SerializeAvcConfig(config)).value(), config);
}

TEST(ParameterSetsAsAnnexBTest, PutsEachUnitBehindAStartCode) {
  AvcConfig config;
  config.sps = {FromHex("6742")};
  config.pps = {FromHex("68ce"), FromHex("68ee")};
  EXPECT_EQ(ParameterSetsAsAnnexB(config), FromHex("00000001 6742 00000001 68ce 00000001 68ee"));
}

}  // namespace
}  // namespace ingress::codec
