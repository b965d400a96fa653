#include "rtp/packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ingress::rtp {
namespace {

using ::testing::ElementsAre;

constexpr RtpHeader kHeader = {.payload_type = 96,
                               .marker = true,
                               .sequence = 0x1234,
                               .timestamp = 0x89abcdef,
                               .ssrc = 0xdeadbeef};

void SetPayload(RtpPacket& packet, ByteView payload) {
  std::ranges::copy(payload, packet.payload_space().begin());
  packet.SetPayloadSize(payload.size());
}

TEST(RtpPacketTest, WritesFixedHeaderAlone) {
  RtpPacket packet;
  packet.WriteHeader(kHeader, {}, {.mid = "0", .transport_seq = true});
  SetPayload(packet, Bytes{0x01, 0x02});
  EXPECT_THAT(packet.bytes(), ElementsAre(0x80, 0xe0, 0x12, 0x34,  // V=2, M, PT 96, sequence
                                          0x89, 0xab, 0xcd, 0xef,  // timestamp
                                          0xde, 0xad, 0xbe, 0xef,  // SSRC
                                          0x01, 0x02));
  EXPECT_FALSE(packet.PatchTransportSequence(1));
}

TEST(RtpPacketTest, WritesOneByteExtensionsPaddedToWords) {
  RtpPacket packet;
  const ExtensionIds ids{.mid = 1, .rid = 2, .audio_level = 4, .transport_seq = 5};
  const ExtensionValues values{
      .mid = "12", .rid = "q", .audio_level_dbov = 30, .transport_seq = true};
  packet.WriteHeader(kHeader, ids, values);
  SetPayload(packet, Bytes{0xaa});
  EXPECT_EQ(ExtensionBlockSize(ids, values), 16U);
  EXPECT_TRUE(packet.PatchTransportSequence(0xcafe));
  EXPECT_THAT(packet.bytes(), ElementsAre(0x90, 0xe0, 0x12, 0x34,  // X
                                          0x89, 0xab, 0xcd, 0xef,  //
                                          0xde, 0xad, 0xbe, 0xef,  //
                                          0xbe, 0xde, 0x00, 0x03,  // one-byte form, 3 words
                                          0x11, '1', '2',          // id 1, 2 bytes
                                          0x20, 'q',               // id 2, 1 byte
                                          0x40, 30,                // id 4: level, V=0
                                          0x51, 0xca, 0xfe,        // id 5: transport-wide
                                          0x00, 0x00,              // padding
                                          0xaa));
}

TEST(RtpPacketTest, RoundTripsThroughTheParser) {
  RtpPacket packet;
  packet.WriteHeader(kHeader, {.mid = 14, .repaired_rid = 3},
                     {.mid = "0123456789abcdef", .repaired_rid = "f"});
  SetPayload(packet, Bytes{0x05, 0x06, 0x07});
  const auto parsed = ParseRtpPacket(packet.bytes());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->header.payload_type, 96);
  EXPECT_TRUE(parsed->header.marker);
  EXPECT_EQ(parsed->header.sequence, 0x1234);
  EXPECT_EQ(parsed->header.timestamp, 0x89abcdefU);
  EXPECT_EQ(parsed->header.ssrc, 0xdeadbeefU);
  EXPECT_EQ(AsText(parsed->extension(14)), "0123456789abcdef");
  EXPECT_EQ(AsText(parsed->extension(3)), "f");
  EXPECT_TRUE(parsed->extension(1).empty());
  EXPECT_THAT(parsed->payload, ElementsAre(5, 6, 7));
}

TEST(RtpPacketTest, OffersWhatTheHeaderLeavesToThePayload) {
  RtpPacket packet;
  packet.WriteHeader(kHeader, {}, {});
  EXPECT_EQ(packet.payload_space().size(), kMaxPacketSize - kFixedHeaderSize);
}

TEST(ParseRtpPacketTest, SkipsContributingSourcesAndPadding) {
  const std::uint8_t packet[] = {
      0xa2, 0x6f, 0x00, 0x01,  // V=2, P, CC=2, PT 111
      0x00, 0x00, 0x00, 0x02,  // timestamp
      0x00, 0x00, 0x00, 0x03,  // SSRC
      0x00, 0x00, 0x00, 0x04,  // CSRC
      0x00, 0x00, 0x00, 0x05,  // CSRC
      0x77, 0x00, 0x00, 0x03,  // one byte of payload, three of padding
  };
  const auto parsed = ParseRtpPacket(packet);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_FALSE(parsed->header.marker);
  EXPECT_THAT(parsed->payload, ElementsAre(0x77));
}

TEST(ParseRtpPacketTest, StopsAtReservedExtensionId) {
  const std::uint8_t packet[] = {
      0x90, 0x60, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0,  // X
      0xbe, 0xde, 0x00, 0x02,                          // 2 words
      0x10, 'a',  0xf0, 0x20,                          // id 1; id 15 ends the block
      0x20, 'b',  0x00, 0x00,
  };
  const auto parsed = ParseRtpPacket(packet);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(AsText(parsed->extension(1)), "a");
  EXPECT_TRUE(parsed->extension(2).empty());
  EXPECT_TRUE(parsed->payload.empty());
}

TEST(ParseRtpPacketTest, ReadsNothingFromTwoByteExtensions) {
  const std::uint8_t packet[] = {
      0x90, 0x60, 0,    0,    0,    0, 0, 0, 0, 0, 0, 0,  // X
      0x10, 0x00, 0x00, 0x01,                             // two-byte form (RFC 8285 §4.3)
      0x01, 0x01, 'a',  0x00, 0x55,
  };
  const auto parsed = ParseRtpPacket(packet);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE(parsed->extensions.empty());
  EXPECT_THAT(parsed->payload, ElementsAre(0x55));
}

TEST(ParseRtpPacketTest, RejectsEveryTruncationOfTheHeader) {
  RtpPacket packet;
  packet.WriteHeader(kHeader, {.mid = 1}, {.mid = "0"});
  for (std::size_t size = 0; size < packet.bytes().size(); ++size) {
    const auto parsed = ParseRtpPacket(packet.bytes().first(size));
    ASSERT_FALSE(parsed.has_value()) << size;
    EXPECT_EQ(parsed.error().code, ErrorCode::kMalformed);
  }
  EXPECT_TRUE(ParseRtpPacket(packet.bytes()).has_value());
}

TEST(ParseRtpPacketTest, RejectsLyingLengths) {
  const std::uint8_t element[] = {
      0x90, 0x60, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0,  //
      0xbe, 0xde, 0x00, 0x01,                          // 1 word
      0x1f, 'a',  'b',  'c',                           // an element of 16 bytes
  };
  EXPECT_FALSE(ParseRtpPacket(element).has_value());
  const std::uint8_t padding[] = {0xa0, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x03};
  EXPECT_FALSE(ParseRtpPacket(padding).has_value());
  const std::uint8_t no_padding[] = {0xa0, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x00};
  EXPECT_FALSE(ParseRtpPacket(no_padding).has_value());
  const std::uint8_t version[] = {0x40, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_FALSE(ParseRtpPacket(version).has_value());
}

TEST(PacketPoolTest, HandsOutTheSameMemoryAgain) {
  PacketPool pool;
  PacketPtr first = pool.Take();
  const RtpPacket* address = first.get();
  EXPECT_EQ(pool.in_use(), 1U);
  first.reset();
  EXPECT_EQ(pool.in_use(), 0U);
  EXPECT_EQ(pool.spare(), 1U);
  EXPECT_EQ(pool.Take().get(), address);
}

TEST(PacketPoolTest, FreesWhatABurstNeededBeyondItsLimit) {
  PacketPool pool;
  std::vector<PacketPtr> burst(PacketPool::kMaxSpare + 10);
  for (PacketPtr& packet : burst) packet = pool.Take();
  burst.clear();
  EXPECT_EQ(pool.in_use(), 0U);
  EXPECT_EQ(pool.spare(), PacketPool::kMaxSpare);
}

}  // namespace
}  // namespace ingress::rtp
