#include "codec/parameter_sets.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"
#include "codec/testing/nal_units.h"

namespace ingress::codec {
namespace {

TEST(ParameterSetsTest, KeepsSetsByIdHoweverTheyCome) {
  ParameterSets sets(VideoCodec::kH264);
  EXPECT_TRUE(sets.Take(MakePps(0, 0)).value());
  EXPECT_EQ(sets.SpsOf(0), std::nullopt) << "its SPS is still to come";
  EXPECT_TRUE(sets.Take(MakeSps(0, 640, 368)).value());
  EXPECT_EQ(sets.SpsOf(0), 0U);
  EXPECT_FALSE(sets.Take(MakePps(0, 0)).value()) << "the same again";
  EXPECT_TRUE(sets.Take(MakePps(0, 0, true)).value());
  EXPECT_FALSE(sets.Take(MakeSlice(true, 0)).value()) << "no parameter set";
}

TEST(ParameterSetsTest, GroupsThePpsOfAnSps) {
  ParameterSets sets(VideoCodec::kH264);
  for (const Bytes& nal :
       {MakeSps(1, 32, 32), MakeSps(0, 640, 368), MakePps(0, 0), MakePps(3, 1), MakePps(7, 0)}) {
    ASSERT_TRUE(sets.Take(nal));
  }
  const auto group = sets.GroupOf(0);
  ASSERT_TRUE(group);
  EXPECT_EQ(group->sps, MakeSps(0, 640, 368));
  EXPECT_EQ(group->pps, (std::map<std::uint32_t, Bytes>{{0, MakePps(0, 0)}, {7, MakePps(7, 0)}}));
  EXPECT_EQ(sets.GroupOf(2), std::nullopt);
  EXPECT_EQ(sets.OnlySps(), std::nullopt) << "both are referred to";
}

TEST(ParameterSetsTest, KnowsTheOnlySpsThatPicturesCanMean) {
  ParameterSets sets(VideoCodec::kH264);
  EXPECT_EQ(sets.OnlySps(), std::nullopt);
  ASSERT_TRUE(sets.Take(MakeSps(1, 32, 32)));
  EXPECT_EQ(sets.OnlySps(), 1U);
  ASSERT_TRUE(sets.Take(MakeSps(0, 640, 368)));
  EXPECT_EQ(sets.OnlySps(), std::nullopt);
  ASSERT_TRUE(sets.Take(MakePps(0, 0)));
  EXPECT_EQ(sets.OnlySps(), 0U) << "no PPS refers to the other";
}

TEST(ParameterSetsTest, RefusesWhatCannotBeUsedAndKeepsWhatItHas) {
  ParameterSets sets(VideoCodec::kH264);
  ASSERT_TRUE(sets.Take(MakeSps(0, 640, 368)));
  EXPECT_EQ(sets.Take(MakeSps(0, 16384, 16384)).error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(sets.Take(MakeSps(0, 16, 16, 8)).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(sets.Take(FromHex("6764001f")).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(sets.Take(FromHex("68")).error().code, ErrorCode::kMalformed);
  EXPECT_TRUE(sets.Take(MakeSps(1, 8192, 4096))) << "level 6.2";
  EXPECT_EQ(sets.GroupOf(0)->sps, MakeSps(0, 640, 368));
}

TEST(ParameterSetsTest, HoldsNoMoreThanItsLimits) {
  ParameterSets sets(VideoCodec::kH264);
  for (std::uint32_t id = 0; id < ParameterSets::kMaxPps; ++id) {
    ASSERT_TRUE(sets.Take(MakePps(id, 0)));
  }
  EXPECT_EQ(sets.Take(MakePps(255, 0)).error().code, ErrorCode::kLimitExceeded);
  Bytes large = MakePps(0, 0);
  large.resize(ParameterSets::kMaxBytes, 0x55);
  EXPECT_EQ(sets.Take(large).error().code, ErrorCode::kLimitExceeded);
  EXPECT_TRUE(sets.Take(MakePps(0, 0, true)));
}

// libx265 3.5, Main, 322x242, with its VPS and PPS by number only.
constexpr std::string_view kHevcSpsHex =
    "42010101600000030090000003000003003ca00a480f9c9265959a4932bc05a02000000300200000030321";

TEST(ParameterSetsTest, KeepsThoseOfHevc) {
  ParameterSets sets(VideoCodec::kHevc);
  const Bytes vps = FromHex("40010c01ffff");
  const Bytes pps = FromHex("4401c172b46240");  // 1 1: PPS 0 of SPS 0
  EXPECT_TRUE(sets.Take(vps).value());
  EXPECT_TRUE(sets.Take(FromHex(kHevcSpsHex)).value());
  EXPECT_TRUE(sets.Take(pps).value());
  EXPECT_EQ(sets.OnlySps(), 0U);
  EXPECT_EQ(sets.SpsOf(0), 0U);
  EXPECT_EQ(sets.GroupOf(0)->vps, vps);
  EXPECT_EQ(sets.GroupOf(0)->pps.at(0), pps);
  EXPECT_FALSE(sets.Take(FromHex("4409c172b46240")).value()) << "of a layer above the base";
  EXPECT_FALSE(sets.Take(FromHex("44")).value());
}

}  // namespace
}  // namespace ingress::codec
