#include "codec/decoder_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/hex.h"
#include "codec/testing/nal_units.h"

namespace ingress::codec {
namespace {

using ::testing::HasSubstr;

DecoderNeed Need(int width, int height, int kept, int bit_depth = 8, int chroma = 1) {
  return {.coded_width = width,
          .coded_height = height,
          .width = width,
          .height = height,
          .bit_depth = bit_depth,
          .chroma_format_idc = chroma,
          .kept_pictures = kept};
}

double Megabytes(const DecoderNeed& need) { return static_cast<double>(DecoderMemory(need)) / 1e6; }

Result<void> ByDefault(const DecoderNeed& need) {
  return CheckDecoderNeed(need, kDefaultMaxInputPixels);
}

TEST(DecoderMemoryTest, CountsSizeDepthChromaAndReferences) {
  // With libavcodec 59 a transcoder took 1324 MB and 4028 MB for the first two.
  EXPECT_NEAR(Megabytes(Need(8192, 4320, 16)), 1680, 50);
  EXPECT_NEAR(Megabytes(Need(8192, 4320, 16, 10, 3)), 5020, 100);
  EXPECT_NEAR(Megabytes(Need(1920, 1088, 4)), 42, 2);
  EXPECT_EQ(DecoderMemory(Need(1080, 1920, 4)), DecoderMemory(Need(1080, 1920, 4, 8, 0)));
  EXPECT_LT(DecoderMemory(Need(1080, 1920, 4)), DecoderMemory(Need(1080, 1920, 4, 8, 2)));
  EXPECT_LT(DecoderMemory(Need(1080, 1920, 4)), DecoderMemory(Need(1080, 1920, 5)));
}

TEST(DecoderMemoryTest, LetsCamerasPass) {
  for (const bool standing : {false, true}) {
    const auto need = [&](int width, int height, int kept, int depth = 8, int chroma = 1) {
      return standing ? Need(height, width, kept, depth, chroma)
                      : Need(width, height, kept, depth, chroma);
    };
    EXPECT_TRUE(ByDefault(need(4096, 2304, 16)));
    EXPECT_TRUE(ByDefault(need(4096, 2304, 6, 10)));
    EXPECT_TRUE(ByDefault(need(4096, 2304, 5, 10, 2)));
    EXPECT_TRUE(ByDefault(need(3840, 2160, 10, 10)));
    EXPECT_TRUE(ByDefault(need(1920, 1088, 16, 12, 3)));
  }
}

TEST(DecoderMemoryTest, RefusesInNumbers) {
  const auto large = ByDefault(Need(8192, 4320, 1));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(large.error().context,
            "pictures of 8192x4320, more than 9437184 pixels (max_input_pixels)");
  const auto many = ByDefault(Need(3840, 2160, 16, 10, 3));
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(many.error().context,
              HasSubstr("16 reference pictures of 3840x2160, 4:4:4, 10 bits"));
  EXPECT_THAT(many.error().context, HasSubstr("more than 603 MB"));
  EXPECT_TRUE(CheckDecoderNeed(Need(3840, 2160, 16, 10, 3), std::int64_t{8192} * 4352));
}

TEST(DecoderMemoryTest, DoesNotCountTheEdgeOfCodingUnits) {
  DecoderNeed need = Need(1920, 1088, 4);
  constexpr std::int64_t kFullHd = std::int64_t{1920} * 1080;
  EXPECT_FALSE(CheckDecoderNeed(need, kFullHd));
  need.height = 1080;
  EXPECT_TRUE(CheckDecoderNeed(need, kFullHd));
  EXPECT_FALSE(CheckDecoderNeed(need, kFullHd - 1));
  need = Need(8192, 4320, 1);
  need.width = need.height = 16;
  EXPECT_FALSE(ByDefault(need)) << "what is cropped away is decoded all the same";
}

TEST(DecoderMemoryTest, IsNotFooledByThinPictures) {
  EXPECT_LE(DecoderMemory(Need(16, 16384, 16)), DecoderBudget(kDefaultMaxInputPixels));
  EXPECT_GE(DecoderMemory(Need(16, 16384, 0)), 5U * 64 * 16384) << "lines are padded";
}

TEST(DecoderNeedTest, KeepsWhatAnH264SpsStates) {
  SpsInfo sps;
  sps.num_ref_frames = 3;
  EXPECT_EQ(NeedOf(sps).kept_pictures, 5) << "may reorder";
  sps.max_dec_frame_buffering = 4;
  EXPECT_EQ(NeedOf(sps).kept_pictures, 4);
  sps.max_dec_frame_buffering = 1;
  EXPECT_EQ(NeedOf(sps).kept_pictures, 3) << "references are kept whatever it says";
  sps = {};
  sps.poc_type = 2;
  sps.num_ref_frames = 1;
  EXPECT_EQ(NeedOf(sps).kept_pictures, 1);
  sps = {};
  sps.num_ref_frames = 16;
  EXPECT_EQ(NeedOf(sps).kept_pictures, 16);
}

TEST(DecoderNeedTest, ReadsAnH264Sps) {
  const auto sps = ParseSps(MakeSps(0, 8192, 4320));
  ASSERT_TRUE(sps);
  const DecoderNeed need = NeedOf(*sps);
  EXPECT_EQ(need.coded_width, 8192);
  EXPECT_EQ(need.coded_height, 4320);
  EXPECT_EQ(need.kept_pictures, 1);
}

TEST(DecoderNeedTest, ReadsAnHevcSps) {
  // libx265 3.5, Main, 322x242 in units of 8.
  const auto sps = ParseHevcSps(
      FromHex("42010101600000030090000003000003003ca00a480f9c9265959a4932bc05a02000000300200000030"
              "321"));
  ASSERT_TRUE(sps);
  const DecoderNeed need = NeedOf(*sps);
  EXPECT_EQ(need.coded_width, 328);
  EXPECT_EQ(need.coded_height, 248);
  EXPECT_EQ(need.width, 322);
  EXPECT_EQ(need.kept_pictures, 4);
  EXPECT_EQ(NeedOf(HevcSpsInfo{}).kept_pictures, 16) << "it does not say";
}

TEST(DecoderNeedTest, TakesTheReferencesOfOtherCodecsFromTheirStandards) {
  const StreamFormat format{.width = 640, .height = 360, .bit_depth = 10};
  EXPECT_EQ(NeedOf(VideoCodec::kVp8, format).kept_pictures, 3);
  EXPECT_EQ(NeedOf(VideoCodec::kVp9, format).kept_pictures, 8);
  EXPECT_EQ(NeedOf(VideoCodec::kAv1, format).kept_pictures, 9);
  EXPECT_EQ(NeedOf(VideoCodec::kAv1, format).bit_depth, 10);
}

}  // namespace
}  // namespace ingress::codec
