#include "codec/access_unit.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"
#include "codec/h264.h"

namespace ingress::codec {
namespace {

AccessUnitInfo H264(std::string_view hex) {
  return InspectLengthPrefixed(VideoCodec::kH264, FromHex(hex), 4);
}

AccessUnitInfo Hevc(std::string_view hex) {
  return InspectLengthPrefixed(VideoCodec::kHevc, FromHex(hex), 4);
}

TEST(InspectH264Test, FindsWhatAnAccessUnitContains) {
  const Bytes body = FromHex(
      "00000002 6742 00000002 68ce 00000006 0606 01c4 8000"  // SPS, PPS, SEI
      "00000003 658880 00000002 01a8");                      // IDR slice, B slice
  const AccessUnitInfo info = InspectLengthPrefixed(VideoCodec::kH264, body, 4);
  EXPECT_TRUE(info.idr);
  EXPECT_TRUE(info.random_access);
  EXPECT_TRUE(info.parameter_sets);
  EXPECT_TRUE(info.b_slices);
  EXPECT_TRUE(info.begins_picture);
  EXPECT_FALSE(info.damaged);
  EXPECT_EQ(info.slices, 2);
  EXPECT_EQ(info.pps_id, 0U);
}

TEST(InspectH264Test, TellsTheFirstSliceOfAPictureFromLaterOnes) {
  EXPECT_TRUE(H264("00000003 658880").begins_picture);
  EXPECT_FALSE(H264("00000003 654220").begins_picture);                 // 010: first_mb 1
  EXPECT_TRUE(H264("00000003 654220 00000003 658880").begins_picture);  // arbitrary slice order
  EXPECT_FALSE(H264("00000003 0310ff").begins_picture);                 // partition B
  EXPECT_EQ(H264("00000003 0310ff").slices, 1);
}

TEST(InspectH264Test, FindsNoPictureInWhatHasNoSlice) {
  EXPECT_EQ(H264("00000002 6742 00000002 68ce").slices, 0);
  EXPECT_EQ(H264("00000002 0910").slices, 0);
  EXPECT_EQ(H264("00000003 060501").slices, 0);
  EXPECT_EQ(H264("").slices, 0);
}

TEST(InspectH264Test, ReadsWhichPpsTheFirstSliceNames) {
  EXPECT_EQ(H264("00000003 6588a0").pps_id, 0U);
  EXPECT_EQ(H264("00000003 41cb80").pps_id, std::optional<std::uint32_t>(4));  // 1 1 00101
  EXPECT_EQ(H264("00000001 65").pps_id, std::nullopt);
  EXPECT_TRUE(H264("00000001 65").begins_picture);
}

TEST(InspectH264Test, CountsOnlyBytesOfUse) {
  const AccessUnitInfo info =
      H264("00000002 0910 00000004 06050111 00000004 06040111 00000003 0cff80 00000003 658880");
  EXPECT_EQ(info.useful_bytes, 8U + 7U) << "captions and the slice";
}

TEST(InspectH264Test, ReportsDamage) {
  const AccessUnitInfo info = H264("00000003 658880 000000ff 41");
  EXPECT_TRUE(info.damaged);
  EXPECT_TRUE(info.idr);
}

TEST(InspectHevcTest, TellsTheFirstSliceOfAPictureFromLaterOnes) {
  const AccessUnitInfo idr = Hevc("00000004 26 01 a0 80");  // IDR_W_RADL: 1 0 1
  EXPECT_TRUE(idr.begins_picture);
  EXPECT_TRUE(idr.idr);
  EXPECT_TRUE(idr.random_access);
  EXPECT_EQ(idr.pps_id, 0U);
  const AccessUnitInfo later = Hevc("00000004 02 01 28 80");  // TRAIL_R: 0 010: PPS 1
  EXPECT_FALSE(later.begins_picture);
  EXPECT_FALSE(later.random_access);
  EXPECT_EQ(later.slices, 1);
  EXPECT_EQ(later.pps_id, 1U);
  const AccessUnitInfo cra = Hevc("00000004 2a 01 a0 80");
  EXPECT_TRUE(cra.random_access);
  EXPECT_FALSE(cra.idr);
}

TEST(InspectHevcTest, FindsNoPictureInWhatHasNoSlice) {
  const AccessUnitInfo sets = Hevc("00000003 400101 00000003 420101 00000003 440101");
  EXPECT_EQ(sets.slices, 0);
  EXPECT_TRUE(sets.parameter_sets);
  EXPECT_EQ(sets.useful_bytes, 0U);
  EXPECT_EQ(Hevc("00000003 460110 00000004 4e010501").slices, 0);  // delimiter, SEI
  EXPECT_EQ(Hevc("00000004 26 09 a0 80").slices, 0) << "of a layer above the base";
  EXPECT_EQ(Hevc("00000001 26").slices, 0);
}

}  // namespace
}  // namespace ingress::codec
