#include "relay_client/flv_unit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/testing/hex.h"

namespace ingress::relay_client {
namespace {

using namespace std::chrono_literals;
using stream::AudioUnit;
using stream::VideoUnit;

std::optional<stream::Unit> Make(flv::TagType type, std::string_view hex) {
  return MakeUnit({.type = type, .timestamp = 40, .payload = FromHex(hex)});
}

VideoUnit Video(std::string_view hex) {
  return std::get<VideoUnit>(Make(flv::TagType::kVideo, hex).value());
}

AudioUnit Audio(std::string_view hex) {
  return std::get<AudioUnit>(Make(flv::TagType::kAudio, hex).value());
}

std::optional<stream::Metadata> Metadata(std::string_view body) {
  auto unit = MakeUnit(
      {.type = flv::TagType::kScript, .timestamp = 0, .payload = Bytes(body.begin(), body.end())});
  if (!unit) return std::nullopt;
  return std::get<stream::Metadata>(std::move(*unit));
}

bool Carries(const stream::Payload& payload, std::string_view hex) {
  return std::ranges::equal(payload.view(), FromHex(hex));
}

TEST(FlvUnitTest, ReadsVideoOfAdobesFormat) {
  const VideoUnit format = Video("17000000000164001F");
  EXPECT_EQ(format.kind, VideoUnit::Kind::kFormat);
  EXPECT_EQ(format.codec, VideoCodec::kH264);
  EXPECT_TRUE(Carries(format.payload, "0164001F"));

  const VideoUnit frame = Video("17010000500000000165");
  EXPECT_EQ(frame.kind, VideoUnit::Kind::kFrame);
  EXPECT_EQ(frame.framing, VideoUnit::NalFraming::kLengthPrefixed);
  EXPECT_TRUE(frame.key_frame);
  EXPECT_EQ(frame.dts, (stream::Timestamp{.ticks = 40, .clock = kFlvClock}));
  EXPECT_EQ(frame.composition, 80ms);
  EXPECT_TRUE(Carries(frame.payload, "0000000165"));
  EXPECT_EQ(Video("2701FFFFD800000000").composition, -40ms);
  EXPECT_EQ(Video("1702000000").kind, VideoUnit::Kind::kEndOfSequence);
}

TEST(FlvUnitTest, ReadsEnhancedRtmpWithItsNanoseconds) {
  // ModEx with 500 000 ns, then CodedFrames of hvc1 with a composition time of 40 ms.
  const VideoUnit hevc = Video(
      "97"
      "02"
      "07A120"
      "01"
      "68766331"
      "000028"
      "0000000140");
  EXPECT_EQ(hevc.codec, VideoCodec::kHevc);
  EXPECT_EQ(hevc.composition, 40ms + 500us);
  EXPECT_TRUE(Carries(hevc.payload, "0000000140"));

  const AudioUnit opus = Audio("914F707573FC01");
  EXPECT_EQ(opus.kind, AudioUnit::Kind::kFrame);
  EXPECT_EQ(opus.codec, AudioCodec::kOpus);
  EXPECT_TRUE(Carries(opus.payload, "FC01"));
  const AudioUnit channels = Audio("944F70757301060000003F");
  EXPECT_EQ(channels.kind, AudioUnit::Kind::kChannels);
  EXPECT_EQ(channels.channels, 6);
}

TEST(FlvUnitTest, CopiesNothing) {
  flv::Tag tag{
      .type = flv::TagType::kVideo, .timestamp = 0, .payload = FromHex("27010000000000000141")};
  const std::uint8_t* const at = tag.payload.data() + 5;
  const auto unit = MakeUnit(std::move(tag));
  EXPECT_EQ(std::get<VideoUnit>(*unit).payload.view().data(), at);
}

TEST(FlvUnitTest, TakesTheFirstTrackOfSeveral) {
  // Many tracks: track 0 with FC01, track 1 with FC02.
  const AudioUnit opus = Audio(
      "95"
      "11"
      "4F707573"
      "00"
      "000002"
      "FC01"
      "01"
      "000002"
      "FC02");
  EXPECT_TRUE(Carries(opus.payload, "FC01"));
}

TEST(FlvUnitTest, ReadsAudioOfAdobesFormat) {
  const AudioUnit aac = Audio("AF001190");
  EXPECT_EQ(aac.kind, AudioUnit::Kind::kFormat);
  EXPECT_EQ(aac.codec, AudioCodec::kAac);
  EXPECT_TRUE(Carries(aac.payload, "1190"));
  EXPECT_TRUE(Audio("AF00").payload.empty());

  const AudioUnit telephone = Audio("72D5D5");
  EXPECT_EQ(telephone.codec, AudioCodec::kPcmA);
  EXPECT_EQ(telephone.sample_rate, 8'000U);
  EXPECT_EQ(telephone.channels, 1);
}

TEST(FlvUnitTest, CallsUnknownCodecsByTheirNames) {
  EXPECT_EQ(Video("9176766331000000").codec_name, "FourCC vvc1");
  EXPECT_EQ(Video("2200").codec_name, "FLV codec id 2");
  EXPECT_EQ(Audio("917A7A7A7A00").codec_name, "Enhanced RTMP codec \"zzzz\"");
  EXPECT_EQ(Audio("FF0102").codec_name, "FLV sound format 15");
  EXPECT_EQ(Audio("AF012110").codec_name, "");
  EXPECT_FALSE(Video("2200").codec);
}

TEST(FlvUnitTest, SaysWhatCannotBeRead) {
  const auto video = Make(flv::TagType::kVideo, "1701");
  const auto& unreadable = std::get<stream::Unreadable>(*video);
  EXPECT_EQ(unreadable.kind, TrackKind::kVideo);
  EXPECT_EQ(unreadable.why.code, ErrorCode::kMalformed);
  const auto audio = Make(flv::TagType::kAudio, "90");
  EXPECT_EQ(std::get<stream::Unreadable>(*audio).kind, TrackKind::kAudio);
}

TEST(FlvUnitTest, LeavesOutWhatHoldsNothing) {
  EXPECT_FALSE(Make(flv::TagType::kVideo, ""));
  EXPECT_FALSE(Make(flv::TagType::kAudio, ""));
  EXPECT_FALSE(Make(flv::TagType::kVideo, "5700"));        // a command
  EXPECT_FALSE(Make(flv::TagType::kVideo, "9468766331"));  // HDR metadata
  EXPECT_FALSE(Make(flv::TagType::kVideo, "1709000000"));  // a packet type that does not exist
  EXPECT_FALSE(Make(flv::TagType::kAudio, "AF0700"));
  EXPECT_FALSE(Make(flv::TagType::kAudio,
                    "95"
                    "01"
                    "4F707573"
                    "03"
                    "FC01"));  // track 3 alone
  EXPECT_FALSE(Metadata("\x02"));
}

TEST(FlvUnitTest, SaysWhichTracksWillCome) {
  using namespace std::string_view_literals;
  const auto audio = Metadata(
      "\x02\x00\x0AonMetaData\x03\x00\x0C"
      "audiocodecid\x00\x40\x24\x00\x00\x00\x00\x00\x00"
      "\x00\x07"
      "encoder\x02\x00\x03OBS\x00\x00\x09"sv);
  ASSERT_TRUE(audio);
  EXPECT_EQ(audio->encoder, "OBS");
  ASSERT_TRUE(audio->tracks);
  EXPECT_TRUE(audio->tracks->audio);
  EXPECT_FALSE(audio->tracks->video);

  const auto silent = Metadata("\x02\x00\x0AonMetaData\x03\x00\x00\x09"sv);
  ASSERT_TRUE(silent);
  EXPECT_FALSE(silent->tracks);
}

}  // namespace
}  // namespace ingress::relay_client
