#include "codec/stream_format.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"
#include "codec/av1.h"
#include "codec/vpx.h"

namespace ingress::codec {
namespace {

// All of FFmpeg's testsrc, 322 by 178 pixels.
constexpr const char* kAv1Start = "12000a0b00000004 3d06c4daf90040";  // libaom: delimiter, sequence
constexpr const char* kAv1TenBit = "12000a0b00000004 3d06c4daf94040";
constexpr const char* kVp9Key = "82498342001410 0b160c38241c18";
constexpr const char* kVp9TenBit422 = "b124c1a10200a08058b061c120e0c2c0";
constexpr const char* kVp8Key = "b057009d012a4201b200004708858588";

constexpr StreamFormat kFormat{.width = 322, .height = 178, .bit_depth = 8, .chroma_format_idc = 1};

TEST(StreamFormatTest, ReadsVp8KeyFrames) {
  const PictureInfo info = InspectPicture(VideoCodec::kVp8, FromHex(kVp8Key), 4);
  EXPECT_TRUE(info.key_frame);
  EXPECT_EQ(info.format, kFormat);
  EXPECT_FALSE(InspectVp8(FromHex("b15700")).key_frame);
  EXPECT_TRUE(InspectVp8(FromHex("b057009d012b4201b200")).damaged);
}

TEST(StreamFormatTest, ReadsVp9KeyFrames) {
  const PictureInfo info = InspectPicture(VideoCodec::kVp9, FromHex(kVp9Key), 4);
  EXPECT_TRUE(info.key_frame);
  EXPECT_EQ(info.format, kFormat);
  const PictureInfo deep = InspectVp9(FromHex(kVp9TenBit422));
  EXPECT_EQ(deep.format->width, 322);
  EXPECT_EQ(deep.format->height, 178);
  EXPECT_EQ(deep.format->bit_depth, 10);
  EXPECT_EQ(deep.format->chroma_format_idc, 2);
  const PictureInfo inter = InspectVp9(FromHex("8600"));
  EXPECT_FALSE(inter.key_frame || inter.damaged);
  EXPECT_FALSE(InspectVp9(FromHex("8800")).key_frame);  // shows an old one
  EXPECT_TRUE(InspectVp9(FromHex("4249")).damaged);
}

TEST(StreamFormatTest, ReadsVp9Configurations) {
  const auto boxed = ParseStreamFormat(VideoCodec::kVp9, FromHex("01000000 030ba402 02020000"));
  ASSERT_TRUE(boxed) << boxed.error().context;
  EXPECT_EQ(boxed->bit_depth, 10);
  EXPECT_EQ(boxed->chroma_format_idc, 2);
  EXPECT_EQ(boxed->width, 0);
  EXPECT_EQ(ParseVpConfig(FromHex("000b820202020000"))->bit_depth, 8);
  EXPECT_EQ(ParseVpConfig(FromHex("000b02")).error().code, ErrorCode::kMalformed);
}

TEST(StreamFormatTest, ReadsAv1SequenceHeaders) {
  const PictureInfo info = InspectPicture(VideoCodec::kAv1, FromHex(kAv1Start), 4);
  EXPECT_FALSE(info.damaged);
  EXPECT_EQ(info.format, kFormat);
  EXPECT_FALSE(info.key_frame);  // no frame yet
  EXPECT_EQ(InspectAv1(FromHex(kAv1TenBit)).format->bit_depth, 10);
}

TEST(StreamFormatTest, TellsAv1KeyFrames) {
  EXPECT_TRUE(InspectAv1(FromHex("120032021400")).key_frame);
  EXPECT_FALSE(InspectAv1(FromHex("120032023400")).key_frame);   // inter
  EXPECT_FALSE(InspectAv1(FromHex("12003202 0400")).key_frame);  // not shown
  EXPECT_TRUE(InspectAv1(FromHex("12003209 14")).damaged);
}

TEST(StreamFormatTest, ReadsAv1Configurations) {
  const auto config = ParseAv1Config(FromHex("81000c00 0a0b000000043d06c4daf90040"));
  ASSERT_TRUE(config) << config.error().context;
  EXPECT_EQ(config->format, kFormat);
  EXPECT_TRUE(HasAv1SequenceHeader(config->obus));
  const auto bare = ParseStreamFormat(VideoCodec::kAv1, FromHex("81004c00"));
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->bit_depth, 10);
  EXPECT_EQ(bare->width, 0);
  EXPECT_EQ(ParseAv1Config(FromHex("01000c00")).error().code, ErrorCode::kMalformed);
}

TEST(StreamFormatTest, TellsHevcRandomAccessPoints) {
  EXPECT_TRUE(InspectPicture(VideoCodec::kHevc, FromHex("00000003 260180"), 4).key_frame);  // IDR
  EXPECT_TRUE(InspectPicture(VideoCodec::kHevc, FromHex("00000003 2a0180"), 4).key_frame);  // CRA
  EXPECT_FALSE(
      InspectPicture(VideoCodec::kHevc, FromHex("00000003 020180"), 4).key_frame);  // TRAIL
  EXPECT_TRUE(
      InspectPicture(VideoCodec::kHevc, FromHex("00000001 2601 80"), 4).key_frame);  // Annex B
  EXPECT_TRUE(InspectPicture(VideoCodec::kHevc, FromHex("000000ff 2601"), 4).damaged);
}

}  // namespace
}  // namespace ingress::codec
