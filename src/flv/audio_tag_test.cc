#include "flv/audio_tag.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::flv {
namespace {

using Kind = AudioTag::Kind;

struct Parsed {
  explicit Parsed(std::string_view hex) : body(FromHex(hex)), tag(ParseAudioTag(body)) {}
  const AudioTag* operator->() const { return &tag.value(); }
  Bytes Data() const { return {tag->data.begin(), tag->data.end()}; }

  Bytes body;
  Result<AudioTag> tag;
};

TEST(ParseAudioTagTest, ReadsAacWhateverItsFlags) {
  for (const std::string_view head : {"AF", "AE", "A3", "A2"}) {
    const Parsed config(std::string(head) + "00 1190");
    EXPECT_EQ(config->kind, Kind::kSequenceHeader);
    EXPECT_EQ(config->codec, AudioCodec::kAac);
    EXPECT_EQ(config->sample_rate, 0u);
    EXPECT_EQ(config.Data(), FromHex("1190"));
  }
  const Parsed frame("AF 01 21");
  EXPECT_EQ(frame->kind, Kind::kCodedFrame);
  EXPECT_EQ(frame.Data(), FromHex("21"));
}

TEST(ParseAudioTagTest, ReadsAnEmptyAacConfiguration) {
  const Parsed tag("AF 00");
  EXPECT_EQ(tag->kind, Kind::kSequenceHeader);
  EXPECT_TRUE(tag->data.empty());
}

TEST(ParseAudioTagTest, KnowsTheFixedRatesOfTelephonyCodecs) {
  const Parsed a_law("72 D5");
  EXPECT_EQ(a_law->codec, AudioCodec::kPcmA);
  EXPECT_EQ(a_law->sample_rate, 8000u);
  EXPECT_EQ(a_law->channels, 1);
  EXPECT_EQ(Parsed("82 FF")->codec, AudioCodec::kPcmU);
  const Parsed speex("B6 00");
  EXPECT_EQ(speex->codec, AudioCodec::kSpeex);
  EXPECT_EQ(speex->sample_rate, 16000u);
}

TEST(ParseAudioTagTest, LeavesMp3RatesToTheFrameHeader) {
  const Parsed tag("2F FFFB");
  EXPECT_EQ(tag->codec, AudioCodec::kMp3);
  EXPECT_EQ(tag->sample_rate, 0u);
  EXPECT_EQ(Parsed("E2 FFFB")->codec, AudioCodec::kMp3);
}

TEST(ParseAudioTagTest, ReadsWhatTheFlagsOfUncompressedSoundSay) {
  struct Case {
    std::string_view hex;
    AudioCodec codec;
    std::uint32_t sample_rate;
    int channels;
    int bits;
  };
  for (const Case& expected : {Case{"3F 0000", AudioCodec::kPcmS16, 44100, 2, 16},
                               Case{"06 0000", AudioCodec::kPcmS16, 11025, 1, 16},
                               Case{"39 0000", AudioCodec::kPcmU8, 22050, 2, 8},
                               Case{"00 00", AudioCodec::kPcmU8, 5512, 1, 8},
                               Case{"1B 0000", AudioCodec::kAdpcmSwf, 22050, 2, 0},
                               Case{"4F 0000", AudioCodec::kNellymoser, 16000, 1, 0},
                               Case{"5F 0000", AudioCodec::kNellymoser, 8000, 1, 0},
                               Case{"6B 0000", AudioCodec::kNellymoser, 22050, 1, 0}}) {
    SCOPED_TRACE(expected.hex);
    const Parsed tag(expected.hex);
    EXPECT_EQ(tag->kind, Kind::kCodedFrame);
    EXPECT_EQ(tag->codec, expected.codec);
    EXPECT_EQ(tag->sample_rate, expected.sample_rate);
    EXPECT_EQ(tag->channels, expected.channels);
    EXPECT_EQ(tag->bits_per_sample, expected.bits);
  }
}

TEST(ParseAudioTagTest, TakesAdtsWithoutAPacketType) {
  const Parsed tag("AF FFF15080 01BFFC 21");
  EXPECT_EQ(tag->kind, Kind::kCodedFrame);
  EXPECT_EQ(tag.Data(), FromHex("FFF15080 01BFFC 21"));
  EXPECT_EQ(Parsed("AF FF 00")->kind, Kind::kIgnored);  // just a packet type that is not known
}

TEST(ParseAudioTagTest, RejectsTruncatedHeaders) {
  for (const std::string_view hex :
       {"", "AF", "90", "91 4F7075", "94 4F707573 01", "94 6D703461", "95 01"}) {
    const Parsed parsed(hex);
    ASSERT_FALSE(parsed.tag) << hex;
    EXPECT_EQ(parsed.tag.error().code, ErrorCode::kMalformed);
  }
}

TEST(ParseAudioTagTest, ReadsEnhancedOpus) {
  const Parsed config("90 4F707573");
  EXPECT_EQ(config->kind, Kind::kSequenceHeader);
  EXPECT_EQ(config->codec, AudioCodec::kOpus);
  EXPECT_TRUE(config->data.empty());
  const Parsed frame("91 4F707573 FC01");
  EXPECT_EQ(frame->kind, Kind::kCodedFrame);
  EXPECT_EQ(frame.Data(), FromHex("FC01"));
  EXPECT_EQ(Parsed("92 4F707573")->kind, Kind::kEndOfSequence);
}

TEST(ParseAudioTagTest, ReadsMultichannelConfig) {
  const Parsed tag("94 4F707573 01 06 0000003F");
  EXPECT_EQ(tag->kind, Kind::kMultichannelConfig);
  EXPECT_EQ(tag->channels, 6);
  EXPECT_EQ(tag.Data(), FromHex("0000003F"));
}

TEST(ParseAudioTagTest, NamesWhatHasNoCodec) {
  const Parsed tag("91 7A7A7A07 FFF8");
  EXPECT_FALSE(tag->codec.has_value());
  EXPECT_EQ(CodecLabel(*tag.tag), "Enhanced RTMP codec \"zzz?\"");
  const Parsed device("FF 00");
  EXPECT_FALSE(device->codec.has_value());
  EXPECT_EQ(CodecLabel(*device.tag), "FLV sound format 15");
}

TEST(ParseAudioTagTest, KnowsTheFourCcs) {
  EXPECT_EQ(Parsed("91 664C6143 FFF8")->codec, AudioCodec::kFlac);
  EXPECT_EQ(Parsed("91 61632D33 0B77")->codec, AudioCodec::kAc3);
  EXPECT_EQ(Parsed("91 65632D33 0B77")->codec, AudioCodec::kEac3);
  EXPECT_EQ(Parsed("91 6D703461 21")->codec, AudioCodec::kAac);
  EXPECT_EQ(Parsed("91 2E6D7033 FF")->codec, AudioCodec::kMp3);
}

TEST(ParseAudioTagTest, LeavesTheVodTrackOut) {
  const Parsed tag("95 01 6D703461 01 AABB");
  EXPECT_EQ(tag->kind, Kind::kIgnored);
  EXPECT_EQ(tag->other_tracks, 1);
}

TEST(ParseAudioTagTest, TakesTrackZeroBehindModEx) {
  const Parsed tag("97 02 000001 05 11 6D703461 00 000002 AABB 01 000001 CC");
  EXPECT_EQ(tag->kind, Kind::kCodedFrame);
  EXPECT_EQ(tag->presentation_offset_ns, 1u);
  EXPECT_EQ(tag->other_tracks, 1);
  EXPECT_EQ(tag.Data(), FromHex("AABB"));
}

}  // namespace
}  // namespace ingress::flv
