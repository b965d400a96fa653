#include "handler/video_source.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/hex_test_util.h"

namespace ingress::handler {
namespace {

using namespace std::chrono_literals;
using Kind = flv::VideoTag::Kind;

// 1280x720 High from x264, without B-frames.
constexpr const char* kSps = "6764001facd9405005bb016a02020280000003008000001e078c18cb";
constexpr const char* kPps = "68ebe3cb22c0";

Bytes Prefixed(std::initializer_list<Bytes> units) {
  Bytes out;
  for (const Bytes& unit : units) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      out.push_back(static_cast<std::uint8_t>(unit.size() >> shift));
    }
    out.insert(out.end(), unit.begin(), unit.end());
  }
  return out;
}

// The same at 1920x1080.
constexpr const char* kFullHdSps = "67640028acd940780227e5c044000003000400000300f03c60c658";

Bytes Config(const char* sps = kSps) {
  codec::AvcConfig config;
  config.sps = {codec::FromHex(sps)};
  config.pps = {codec::FromHex(kPps)};
  return codec::SerializeAvcConfig(config);
}

class VideoSourceTest : public testing::Test {
 protected:
  Result<VideoSource::Output> Give(Kind kind, ByteView data, bool key = false,
                                   VideoCodec codec = VideoCodec::kH264) {
    flv::VideoTag tag{.kind = kind, .codec = codec, .key_frame = key};
    Bytes body = {0x17, 1, 0, 0, 0};
    body.insert(body.end(), data.begin(), data.end());
    body.insert(body.end(), {9, 9});  // of another track
    tag.data = ByteView(body).subspan(5, data.size());
    return source_.OnTag(tag, std::move(body), {.time = 1s, .live = true}, 7);
  }

  VideoSource source_;
  const Bytes idr_ = Prefixed({codec::FromHex("658884000a")});
  const Bytes p_ = Prefixed({codec::FromHex("419a0200")});
};

TEST_F(VideoSourceTest, KnowsTheFormatFromTheSequenceHeader) {
  const auto output = Give(Kind::kSequenceHeader, Config());
  ASSERT_TRUE(output.has_value()) << output.error().context;
  EXPECT_TRUE(output->format_changed);
  ASSERT_TRUE(source_.format().has_value());
  EXPECT_EQ(source_.format()->width, 1280);
  EXPECT_EQ(source_.format()->height, 720);
  EXPECT_FALSE(Give(Kind::kSequenceHeader, Config())->format_changed) << "the same again";
}

TEST_F(VideoSourceTest, GivesPicturesFromTheFirstKeyFrameOn) {
  EXPECT_EQ(Give(Kind::kCodedFrame, idr_, true)->picture, nullptr);
  ASSERT_TRUE(Give(Kind::kSequenceHeader, Config()));
  EXPECT_EQ(Give(Kind::kCodedFrame, p_)->picture, nullptr);
  const auto picture = Give(Kind::kCodedFrame, idr_, true)->picture;
  ASSERT_NE(picture, nullptr);
  EXPECT_TRUE(picture->idr);
  EXPECT_EQ(picture->timestamp, 7ms);
  EXPECT_TRUE(std::ranges::equal(picture->payload(), idr_));
  EXPECT_NE(Give(Kind::kCodedFrame, p_)->picture, nullptr);
  EXPECT_EQ(source_.counters().before_header, 1U);
  EXPECT_EQ(source_.counters().before_key_frame, 1U);
}

TEST_F(VideoSourceTest, TakesParameterSetsFromTheStream) {
  const Bytes picture =
      Prefixed({codec::FromHex(kSps), codec::FromHex(kPps), codec::FromHex("658884000a")});
  const auto output = Give(Kind::kCodedFrame, picture, true);
  EXPECT_TRUE(output->format_changed);
  EXPECT_NE(output->picture, nullptr);
}

TEST_F(VideoSourceTest, CountsADamagedPictureAndGoesOn) {
  ASSERT_TRUE(Give(Kind::kSequenceHeader, Config()));
  EXPECT_EQ(Give(Kind::kCodedFrame, codec::FromHex("0000ffff65"), true)->picture, nullptr);
  EXPECT_EQ(source_.counters().damaged, 1U);
  EXPECT_NE(Give(Kind::kCodedFrame, idr_, true)->picture, nullptr);
}

TEST_F(VideoSourceTest, SeesThatAPictureIsToBeTurned) {
  ASSERT_TRUE(Give(Kind::kSequenceHeader, Config()));
  const Bytes quarter_turn = codec::FromHex("062f0308001080");  // display_orientation, §D.2.26
  const Bytes picture = Prefixed({quarter_turn, codec::FromHex("658884000a")});
  const VideoFormat lying = *source_.format();
  const auto turned = Give(Kind::kCodedFrame, picture, true);
  EXPECT_TRUE(turned->picture->turned);
  EXPECT_TRUE(turned->format_changed);
  EXPECT_EQ(source_.format()->width, lying.height);
  EXPECT_EQ(source_.format()->height, lying.width);
  EXPECT_TRUE(Give(Kind::kCodedFrame, p_)->picture->turned);
  EXPECT_FALSE(Give(Kind::kCodedFrame, picture, true)->format_changed);

  const auto back = Give(Kind::kCodedFrame, idr_, true);
  EXPECT_FALSE(back->picture->turned);
  EXPECT_TRUE(back->format_changed);
  EXPECT_EQ(source_.format()->width, lying.width);
}

TEST_F(VideoSourceTest, KeepsASourceTurnedWhoseSizeChanges) {
  ASSERT_TRUE(Give(Kind::kSequenceHeader, Config()));
  const Bytes quarter_turn = codec::FromHex("062f0308001080");
  const Bytes picture = Prefixed({quarter_turn, codec::FromHex("658884000a")});
  ASSERT_TRUE(Give(Kind::kCodedFrame, picture, true));
  const auto larger = Give(Kind::kSequenceHeader, Config(kFullHdSps));
  ASSERT_TRUE(larger);
  EXPECT_TRUE(larger->format_changed);
  EXPECT_EQ(source_.format()->width, 1080);
  EXPECT_EQ(source_.format()->height, 1920);
  EXPECT_FALSE(Give(Kind::kCodedFrame, picture, true)->format_changed);
}

TEST_F(VideoSourceTest, TakesTheSizeOfVp8FromItsKeyFrame) {
  // RFC 6386 §9.1: frame tag of a key frame, start code, 640 by 360.
  const Bytes key = codec::FromHex("1000009d012a80026801000000000000");
  const auto output = Give(Kind::kCodedFrame, key, true, VideoCodec::kVp8);
  ASSERT_TRUE(output.has_value()) << output.error().context;
  EXPECT_TRUE(output->format_changed);
  EXPECT_EQ(source_.format()->name, "VP8");
  EXPECT_EQ(source_.format()->width, 640);
  ASSERT_NE(output->picture, nullptr);
  EXPECT_TRUE(output->picture->key_frame);
  EXPECT_FALSE(output->picture->idr);
}

TEST_F(VideoSourceTest, MakesHevcPixelsSquare) {
  // hvcC with one SPS of libx265 3.5: 720x576, sar=16:11.
  const Bytes config =
      codec::FromHex("01" + std::string(40, '0') +
                     "ff 01 a1 0001 002b "
                     "42010101600000030090000003000003005aa005a20090596566924caf0468080000030008"
                     "00000300c840");
  const auto output = Give(Kind::kSequenceHeader, config, true, VideoCodec::kHevc);
  ASSERT_TRUE(output.has_value()) << output.error().context;
  EXPECT_TRUE(output->format_changed);
  EXPECT_EQ(source_.format()->width, 1047);
  EXPECT_EQ(source_.format()->height, 576);
}

}  // namespace
}  // namespace ingress::handler
