#include "codec/aac.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::codec {
namespace {

TEST(ParseAudioSpecificConfigTest, ReadsPlainLowComplexity) {
  const auto config = ParseAudioSpecificConfig(FromHex("1190")).value();
  EXPECT_EQ(config.object_type, AacObjectType::kLc);
  EXPECT_EQ(config.sample_rate, 48000);
  EXPECT_EQ(config.channels, 2);
  EXPECT_EQ(config.samples_per_frame, 1024);
  EXPECT_FALSE(config.sbr);
  EXPECT_EQ(ParseAudioSpecificConfig(FromHex("1210")).value().sample_rate, 44100);
  EXPECT_EQ(ParseAudioSpecificConfig(FromHex("1188")).value().channels, 1);
}

TEST(ParseAudioSpecificConfigTest, DoesNotTakeTheSyncWordAloneForHeAac) {
  // FFmpeg's encoder appends 56 e5 00: sync extension with the SBR flag at 0.
  const auto config = ParseAudioSpecificConfig(FromHex("119056e500")).value();
  EXPECT_FALSE(config.sbr);
  EXPECT_EQ(config.output_sample_rate(), 48000);
  EXPECT_EQ(ParseAudioSpecificConfig(FromHex("120856e500")).value().channels, 1);
}

TEST(ParseAudioSpecificConfigTest, ReadsExplicitHeAac) {
  // fdk-aac, HE-AAC at 44.1 kHz stereo: type 5, core 22.05 kHz, extension 44.1 kHz, type 2.
  const auto config = ParseAudioSpecificConfig(FromHex("2b920800")).value();
  EXPECT_EQ(config.object_type, AacObjectType::kLc);
  EXPECT_TRUE(config.sbr);
  EXPECT_FALSE(config.ps);
  EXPECT_EQ(config.sample_rate, 22050);
  EXPECT_EQ(config.output_sample_rate(), 44100);
  EXPECT_EQ(config.output_channels(), 2);
}

TEST(ParseAudioSpecificConfigTest, ReadsExplicitHeAacVersion2) {
  // Type 29, core 24 kHz mono, extension 48 kHz, type 2.
  const auto config = ParseAudioSpecificConfig(FromHex("eb098800")).value();
  EXPECT_TRUE(config.ps);
  EXPECT_EQ(config.sample_rate, 24000);
  EXPECT_EQ(config.output_sample_rate(), 48000);
  EXPECT_EQ(config.channels, 1);
  EXPECT_EQ(config.output_channels(), 2);
}

TEST(ParseAudioSpecificConfigTest, ReadsBackwardCompatibleHeAacVersion2) {
  // LC 24 kHz mono, sync extension 0x2b7, type 5, SBR 1, 48 kHz, 0x548, PS 1.
  const auto config = ParseAudioSpecificConfig(FromHex("1308 56e59d4880")).value();
  EXPECT_TRUE(config.sbr);
  EXPECT_TRUE(config.ps);
  EXPECT_EQ(config.extension_sample_rate, 48000);
}

TEST(ParseAudioSpecificConfigTest, ReadsAnExplicitRate) {
  // Type 2, index 15, 24-bit rate 37800, one channel: 00010 1111 0000 0000 1001 0011 1010 1000 ...
  const auto config = ParseAudioSpecificConfig(FromHex("17 80 49 d4 08")).value();
  EXPECT_EQ(config.sample_rate, 37800);
  EXPECT_EQ(config.channels, 1);
}

TEST(ParseAudioSpecificConfigTest, ReadsEscapedObjectTypes) {
  // ELD: 11111 000111 (32 + 7), index 3, 2 channels, 480 samples.
  const auto config = ParseAudioSpecificConfig(FromHex("f8e65000")).value();
  EXPECT_EQ(config.object_type, AacObjectType::kEld);
  EXPECT_EQ(config.sample_rate, 48000);
  EXPECT_EQ(config.channels, 2);
}

TEST(ParseAudioSpecificConfigTest, CountsSpeakers) {
  EXPECT_EQ(ParseAudioSpecificConfig(FromHex("11b0")).value().channels, 6);  // 5.1
  EXPECT_EQ(ParseAudioSpecificConfig(FromHex("11b8")).value().channels, 8);  // 7.1
}

TEST(ParseAudioSpecificConfigTest, IgnoresGarbageBehindTheConfig) {
  EXPECT_EQ(ParseAudioSpecificConfig(FromHex("1190ffffffffffff")).value().channels, 2);
}

TEST(ParseAudioSpecificConfigTest, RefusesTruncatedAndReserved) {
  EXPECT_FALSE(ParseAudioSpecificConfig({}));
  EXPECT_FALSE(ParseAudioSpecificConfig(FromHex("11")));
  EXPECT_FALSE(ParseAudioSpecificConfig(FromHex("1690")));  // index 13
  EXPECT_FALSE(ParseAudioSpecificConfig(FromHex("1780")));  // explicit rate cut off
  const auto null_type = ParseAudioSpecificConfig(FromHex("0190"));
  ASSERT_FALSE(null_type);
  EXPECT_EQ(null_type.error().code, ErrorCode::kMalformed);
}

TEST(AdtsTest, ReadsAndStripsAHeader) {
  // MPEG-4 LC, 44.1 kHz stereo, 7 + 2 bytes, no CRC.
  const Bytes frame = FromHex("fff150800 13ffc 2110");
  const auto header = ParseAdtsHeader(frame);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->object_type, AacObjectType::kLc);
  EXPECT_EQ(header->sample_rate, 44100);
  EXPECT_EQ(header->channel_config, 2);
  EXPECT_EQ(header->frame_size, 9U);
  const ByteView raw = StripAdts(frame);
  EXPECT_EQ(Bytes(raw.begin(), raw.end()), FromHex("2110"));
}

TEST(AdtsTest, LeavesOtherFramesAlone) {
  const Bytes raw = FromHex("2110045fffff");
  EXPECT_EQ(StripAdts(raw).size(), raw.size());
  const Bytes lying = FromHex("fff15080 7ffffc 2110");
  EXPECT_EQ(StripAdts(lying).size(), lying.size());
  EXPECT_FALSE(ParseAdtsHeader(FromHex("fff150")));
}

TEST(AdtsTest, TellsHowLongFramesPlay) {
  Bytes frames = FromHex("fff15080013ffc2110");
  const auto one = AdtsDuration(frames);
  EXPECT_EQ(std::chrono::floor<std::chrono::microseconds>(one).count(), 23'219);
  frames.insert(frames.end(), frames.begin(), frames.begin() + 9);
  EXPECT_EQ(AdtsDuration(frames), 2 * one);
  frames.push_back(0xff);
  EXPECT_EQ(AdtsDuration(frames), 2 * one);
  const auto two_blocks = AdtsDuration(FromHex("fff15080013ffd2110"));
  EXPECT_EQ(std::chrono::floor<std::chrono::microseconds>(two_blocks).count(), 46'439);
  EXPECT_EQ(AdtsDuration(FromHex("2110")).count(), 0);
}

TEST(LoasTest, IsKnownByItsSyncWordAndLength) {
  EXPECT_TRUE(IsLoas(FromHex("56e003 200011")));
  EXPECT_FALSE(IsLoas(FromHex("56e004 200011")));
  EXPECT_FALSE(IsLoas(FromHex("57e003 200011")));
  EXPECT_FALSE(IsLoas(FromHex("56e000")));
  EXPECT_FALSE(IsLoas({}));
}

}  // namespace
}  // namespace ingress::codec
