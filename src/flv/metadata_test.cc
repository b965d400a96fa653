#include "flv/metadata.h"

#include <gtest/gtest.h>

#include <limits>

#include "amf/amf0.h"
#include "base/testing/hex.h"

namespace ingress::flv {
namespace {

using amf::EcmaArray;
using amf::Value;

Result<Metadata> Parse(EcmaArray properties) {
  return ParseMetadata(amf::EncodeAmf0({"onMetaData", std::move(properties)}));
}

TEST(ParseMetadataTest, ReadsWireBytesWithAWrongCountAndNoEnd) {
  const auto metadata = ParseMetadata(
      FromHex("02 000A 6F6E4D65746144617461"              // "onMetaData"
              "08 00000014"                               // ECMA array, 20 announced
              "0005 7769647468 00 4094000000000000"       // width: 1280
              "0006 686569676874 00 4086800000000000"));  // height: 720, then the data ends
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->width, 1280u);
  EXPECT_EQ(metadata->height, 720u);
}

TEST(ParseMetadataTest, ReadsWhatObsSends) {
  const auto metadata = Parse({{{"width", 1920},
                                {"framerate", 59.94},
                                {"videocodecid", 7},
                                {"videodatarate", 2500},
                                {"audiocodecid", 10},
                                {"audiosamplerate", 48000},
                                {"audiochannels", 2},
                                {"encoder", "obs-output module (libobs version 29.0.2)"}}});
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->frame_rate, 59.94);
  EXPECT_EQ(metadata->video_codec, VideoCodec::kH264);
  EXPECT_EQ(metadata->video_codec_id, "7");
  EXPECT_EQ(metadata->video_bitrate, 2500);
  EXPECT_EQ(metadata->audio_codec, AudioCodec::kAac);
  EXPECT_EQ(metadata->audio_sample_rate, 48000u);
  EXPECT_EQ(metadata->audio_channels, 2u);
  EXPECT_EQ(metadata->encoder, "obs-output module (libobs version 29.0.2)");
}

TEST(ParseMetadataTest, UnderstandsCodecsAsTextAndAsFourCc) {
  EXPECT_EQ(Parse({{{"videocodecid", "hvc1"}}})->video_codec, VideoCodec::kHevc);
  EXPECT_EQ(Parse({{{"videocodecid", 1635135537}}})->video_codec, VideoCodec::kAv1);
  EXPECT_EQ(Parse({{{"audiocodecid", 1332770163}}})->audio_codec, AudioCodec::kOpus);
  EXPECT_EQ(Parse({{{"audiocodecid", "mp4a"}}})->audio_codec, AudioCodec::kAac);
  EXPECT_EQ(Parse({{{"videocodecid", 0}}})->video_codec, std::nullopt);
}

TEST(ParseMetadataTest, TakesOddValuesAsAbsent) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto metadata = Parse({{{"width", nan},
                                {"height", -1},
                                {"framerate", "30"},
                                {"audiosamplerate", infinity},
                                {"videocodecid", nan},
                                {"audiocodecid", amf::Null{}}}});
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->width, 0u);
  EXPECT_EQ(metadata->height, 0u);
  EXPECT_EQ(metadata->frame_rate, 0);
  EXPECT_EQ(metadata->audio_sample_rate, 0u);
  EXPECT_EQ(metadata->video_codec_id, "");
}

TEST(ParseMetadataTest, EscapesAndCutsTheEncoder) {
  EXPECT_EQ(Parse({{{"encoder", "a\nb"}}})->encoder, "a\\x0ab");
  EXPECT_EQ(Parse({{{"encoder", std::string(1000, 'x')}}})->encoder.size(), 256u);
}

TEST(ParseMetadataTest, AcceptsObjectsSetDataFrameAndNothingAtAll) {
  EXPECT_EQ(ParseMetadata(
                amf::EncodeAmf0({"@setDataFrame", "onMetaData", amf::Object{{{"width", 640}}, ""}}))
                ->width,
            640u);
  EXPECT_TRUE(ParseMetadata(amf::EncodeAmf0(std::vector<Value>{"onMetaData"})));
}

TEST(ParseMetadataTest, RefusesOtherNamesAndDamage) {
  EXPECT_FALSE(ParseMetadata(amf::EncodeAmf0({"onCuePoint", Value()})));
  EXPECT_FALSE(ParseMetadata({}));
  EXPECT_FALSE(ParseMetadata(FromHex("02 000A 6F6E4D65746144617461 08 0000")));
}

}  // namespace
}  // namespace ingress::flv
