#include "codec/h264.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/testing/hex.h"

namespace ingress::codec {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<Bytes> All(LengthPrefixedReader reader) {
  std::vector<Bytes> units;
  while (const auto nal = reader.Next()) units.emplace_back(nal->begin(), nal->end());
  return units;
}

std::vector<Bytes> All(AnnexBReader reader) {
  std::vector<Bytes> units;
  while (const auto nal = reader.Next()) units.emplace_back(nal->begin(), nal->end());
  return units;
}

TEST(LengthPrefixedReaderTest, ReadsEachLengthSize) {
  EXPECT_THAT(All(LengthPrefixedReader(FromHex("02 6588 01 41"), 1)),
              ElementsAre(FromHex("6588"), FromHex("41")));
  EXPECT_THAT(All(LengthPrefixedReader(FromHex("0002 6588"), 2)), ElementsAre(FromHex("6588")));
  EXPECT_THAT(All(LengthPrefixedReader(FromHex("00000002 6588"), 4)), ElementsAre(FromHex("6588")));
}

TEST(LengthPrefixedReaderTest, SkipsEmptyUnitsAndStripsStartCodes) {
  const Bytes body = FromHex("00000000 00000005 00000001 65 00000004 000001 41");
  EXPECT_THAT(All(LengthPrefixedReader(body, 4)), ElementsAre(FromHex("65"), FromHex("41")));
}

TEST(LengthPrefixedReaderTest, StopsAtALengthPastTheEnd) {
  const Bytes body = FromHex("00000001 65 00000003 4100");
  LengthPrefixedReader reader(body, 4);
  EXPECT_TRUE(reader.Next());
  EXPECT_FALSE(reader.Next());
  EXPECT_TRUE(reader.damaged());
}

TEST(LengthPrefixedReaderTest, StopsInsideALength) {
  const Bytes body = FromHex("00000001 65 0000");
  LengthPrefixedReader reader(body, 4);
  EXPECT_TRUE(reader.Next());
  EXPECT_FALSE(reader.Next());
  EXPECT_TRUE(reader.damaged());
}

TEST(AnnexBReaderTest, SplitsAtShortAndLongStartCodes) {
  EXPECT_THAT(All(AnnexBReader(FromHex("00000001 6742 000001 68ce 00000001 6588 0000"))),
              ElementsAre(FromHex("6742"), FromHex("68ce"), FromHex("6588")));
}

TEST(AnnexBReaderTest, SkipsWhatStandsBeforeTheFirstStartCode) {
  EXPECT_THAT(All(AnnexBReader(FromHex("ffff 000001 65"))), ElementsAre(FromHex("65")));
  EXPECT_THAT(All(AnnexBReader(FromHex("ffff00"))), IsEmpty());
  EXPECT_THAT(All(AnnexBReader({})), IsEmpty());
}

TEST(AnnexBReaderTest, DoesNotSplitAtAnEmulationPreventionByte) {
  EXPECT_THAT(All(AnnexBReader(FromHex("000001 65 000003 01 02"))),
              ElementsAre(FromHex("65 000003 01 02")));
}

TEST(ToAnnexBTest, RewritesFourByteLengths) {
  EXPECT_EQ(ToAnnexB(FromHex("00000002 6588 00000001 41"), 4).value(),
            FromHex("00000001 6588 00000001 41"));
}

TEST(ToAnnexBTest, ConvertsShortLengthsAndRepairsQuirks) {
  EXPECT_EQ(ToAnnexB(FromHex("0002 6588"), 2).value(), FromHex("00000001 6588"));
  EXPECT_EQ(ToAnnexB(FromHex("00000000 00000005 00000001 65"), 4).value(), FromHex("00000001 65"));
}

TEST(ToAnnexBTest, KeepsABodyThatIsAnnexBAlready) {
  const Bytes body = FromHex("00000001 6588 00000001 4199");
  EXPECT_EQ(ToAnnexB(body, 4).value(), body);
}

TEST(ToAnnexBTest, RefusesALengthPastTheEnd) {
  const auto converted = ToAnnexB(FromHex("00000009 6588"), 4);
  ASSERT_FALSE(converted);
  EXPECT_EQ(converted.error().code, ErrorCode::kMalformed);
  EXPECT_FALSE(ToAnnexB(FromHex("00000002 6588 00000009 41"), 4));
  EXPECT_FALSE(ToAnnexB(FromHex("0001 65 0009 41"), 2));
}

TEST(ToLengthPrefixedTest, IsTheWayBack) {
  const Bytes body = FromHex("00000002 6588 00000001 41");
  EXPECT_EQ(ToLengthPrefixed(ToAnnexB(body, 4).value()), body);
}

TEST(LooksLikeAnnexBTest, TellsALengthFromAStartCode) {
  EXPECT_TRUE(LooksLikeAnnexB(FromHex("00000001 67 42")));
  EXPECT_TRUE(LooksLikeAnnexB(FromHex("000001 67 42")));
  EXPECT_FALSE(LooksLikeAnnexB(FromHex("00000002 6588")));
  Bytes unit_of_359 = FromHex("00000167");
  unit_of_359.resize(4 + 359, 0x41);
  EXPECT_FALSE(LooksLikeAnnexB(unit_of_359));
}

TEST(EmulationPreventionTest, RemovesAndAddsTheSameBytes) {
  const Bytes nal = FromHex("67 000003 00 000003 01 000003 03 000102");
  const Bytes rbsp = RemoveEmulationPrevention(nal);
  EXPECT_EQ(rbsp, FromHex("67 0000 00 0000 01 0000 03 000102"));
  EXPECT_EQ(RemoveEmulationPrevention(AddEmulationPrevention(rbsp)), rbsp);
}

TEST(ParseSliceHeaderTest, ReadsTypeAndPictureParameterSet) {
  // 0x88: first_mb 0 (1), slice_type 7 (0001000); next bit 1: pps_id 0.
  const auto idr = ParseSliceHeader(FromHex("65 88 80"));
  ASSERT_TRUE(idr);
  EXPECT_EQ(idr->type, SliceType::kI);
  EXPECT_EQ(idr->first_macroblock, 0U);
  EXPECT_EQ(idr->pps_id, 0U);
  // 1 010 1: first_mb 0, slice_type 1, pps_id 0.
  EXPECT_EQ(ParseSliceHeader(FromHex("01 a8")).value().type, SliceType::kB);
}

TEST(ParseSliceHeaderTest, RefusesOtherUnitsAndCutOnes) {
  EXPECT_FALSE(ParseSliceHeader(FromHex("67 42")));
  EXPECT_FALSE(ParseSliceHeader(FromHex("65")));
  EXPECT_FALSE(ParseSliceHeader({}));
  EXPECT_FALSE(ParseSliceHeader(FromHex("41 85 80")));  // slice_type 9 stops early, then pps_id
}

TEST(IsDisposableTest, LooksAtEverySliceAndWhatComesWithIt) {
  EXPECT_TRUE(IsDisposable(Bytes{0, 0, 1, 0x06, 1, 0, 0, 1, 0x01, 0x9e, 0, 0, 1, 0x01, 0x5e}));
  EXPECT_FALSE(IsDisposable(Bytes{0, 0, 1, 0x01, 0x9e, 0, 0, 1, 0x21, 0x5e}));
  EXPECT_FALSE(IsDisposable(Bytes{0, 0, 1, 0x06, 4, 3, 0, 0, 1, 0x01, 0x9e}));  // captions
  EXPECT_FALSE(IsDisposable(Bytes{0, 0, 1, 0x68, 0xce, 0, 0, 1, 0x01, 0x9e}));
  EXPECT_FALSE(IsDisposable(Bytes{0, 0, 1, 0x09, 0x10}));
}

}  // namespace
}  // namespace ingress::codec
