#include "codec/opus.h"

#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::codec {
namespace {

using namespace std::chrono_literals;

TEST(ParseOpusHeadTest, ReadsStereo) {
  // "OpusHead", version 1, 2 channels, pre-skip 312, 48000 Hz, gain -256, family 0
  const auto head = ParseOpusHead(FromHex("4f70757348656164 01 02 3801 80bb0000 00ff 00")).value();
  EXPECT_EQ(head.channels, 2);
  EXPECT_EQ(head.pre_skip, 312);
  EXPECT_EQ(head.input_sample_rate, 48000);
  EXPECT_EQ(head.output_gain, -256);
  EXPECT_EQ(head.coupled_streams, 1);
}

TEST(ParseOpusHeadTest, ReadsTheMappingOfSurround) {
  const auto head =
      ParseOpusHead(FromHex("4f70757348656164 01 06 3801 80bb0000 0000 01 04 02 000401020305"))
          .value();
  EXPECT_EQ(head.streams, 4);
  EXPECT_EQ(head.coupled_streams, 2);
}

TEST(MakeOpusHeadTest, WritesTheMappingOfSurround) {
  EXPECT_EQ(MakeOpusHead(6),
            FromHex("4f70757348656164 01 06 0000 80bb0000 0000 01 04 02 000401020305"));
  for (int channels = 1; channels <= 8; ++channels) {
    const auto head = ParseOpusHead(MakeOpusHead(channels));
    ASSERT_TRUE(head) << channels;
    EXPECT_EQ(head->channels, channels);
    EXPECT_EQ(head->streams + head->coupled_streams, channels);
  }
  EXPECT_TRUE(MakeOpusHead(0).empty());
  EXPECT_TRUE(MakeOpusHead(9).empty());
}

TEST(ParseOpusHeadTest, RefusesTruncatedForeignAndEmpty) {
  EXPECT_FALSE(ParseOpusHead({}));
  EXPECT_FALSE(ParseOpusHead(FromHex("4f70757348656164 01 02 3801 80bb0000 00ff")));
  EXPECT_FALSE(ParseOpusHead(FromHex("4f70757354616773 01 02 3801 80bb0000 0000 00")));
  EXPECT_FALSE(ParseOpusHead(FromHex("4f70757348656164 01 00 3801 80bb0000 0000 00")));
  EXPECT_FALSE(ParseOpusHead(FromHex("4f70757348656164 01 06 3801 80bb0000 0000 01 04 02 00")));
}

TEST(OpusPacketDurationTest, FollowsTheTableOfConfigurations) {
  EXPECT_EQ(OpusPacketDuration(FromHex("00")).value(), 10ms);     // SILK 10 ms
  EXPECT_EQ(OpusPacketDuration(FromHex("18")).value(), 60ms);     // SILK 60 ms
  EXPECT_EQ(OpusPacketDuration(FromHex("68")).value(), 20ms);     // hybrid 20 ms
  EXPECT_EQ(OpusPacketDuration(FromHex("e0")).value(), 2500us);   // CELT 2.5 ms
  EXPECT_EQ(OpusPacketDuration(FromHex("fc")).value(), 20ms);     // CELT 20 ms stereo
  EXPECT_EQ(OpusPacketDuration(FromHex("fd")).value(), 40ms);     // two frames
  EXPECT_EQ(OpusPacketDuration(FromHex("ff06")).value(), 120ms);  // six frames
}

TEST(OpusPacketDurationTest, RefusesWhatIsTooLongOrCut) {
  EXPECT_FALSE(OpusPacketDuration({}));
  EXPECT_FALSE(OpusPacketDuration(FromHex("ff")));
  EXPECT_FALSE(OpusPacketDuration(FromHex("ff00")));
  EXPECT_FALSE(OpusPacketDuration(FromHex("ff07")));
}

TEST(OpusPacketIsStereoTest, ReadsTheTocByte) {
  EXPECT_TRUE(OpusPacketIsStereo(FromHex("fc")));
  EXPECT_FALSE(OpusPacketIsStereo(FromHex("f8")));
  EXPECT_FALSE(OpusPacketIsStereo({}));
}

}  // namespace
}  // namespace ingress::codec
