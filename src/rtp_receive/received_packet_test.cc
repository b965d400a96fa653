#include "rtp_receive/received_packet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

namespace ingress::rtp_receive {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ReceivedExtensionIds kIds{.mid = 1, .rid = 2, .repaired_rid = 3, .transport_seq = 4};

/// A packet with this first byte, extension block and payload.
Bytes Packet(std::uint8_t first, std::initializer_list<std::uint8_t> block,
             std::initializer_list<std::uint8_t> payload) {
  Bytes packet = {first, 0xe0, 0x12, 0x34, 0, 0, 0, 9, 0, 0, 0, 7};
  packet.insert(packet.end(), block);
  packet.insert(packet.end(), payload);
  return packet;
}

ReceivedPacket Read(const Bytes& packet, const ReceivedExtensionIds& ids = kIds) {
  const auto read = ReadPacket(packet, ids);
  if (!read) {
    ADD_FAILURE() << read.error().context;
    return {};
  }
  return *read;
}

TEST(ReadPacketTest, ReadsTheFixedHeader) {
  const Bytes bytes = Packet(0x80, {}, {5, 6});
  const ReceivedPacket packet = Read(bytes);
  EXPECT_EQ(packet.header.payload_type, 96);
  EXPECT_TRUE(packet.header.marker);
  EXPECT_EQ(packet.header.sequence, 0x1234);
  EXPECT_EQ(packet.header.timestamp, 9U);
  EXPECT_EQ(packet.header.ssrc, 7U);
  EXPECT_THAT(packet.payload, ElementsAre(5, 6));
}

TEST(ReadPacketTest, SkipsContributingSources) {
  const Bytes bytes = Packet(0x82, {1, 1, 1, 1, 2, 2, 2, 2}, {5});
  EXPECT_THAT(Read(bytes).payload, ElementsAre(5));
}

TEST(ReadPacketTest, TakesPaddingAway) {
  const Bytes bytes = Packet(0xa0, {}, {5, 0, 0, 3});
  EXPECT_THAT(Read(bytes).payload, ElementsAre(5));
  const Bytes nothing_else = Packet(0xa0, {}, {0, 0, 3});
  EXPECT_THAT(Read(nothing_else).payload, IsEmpty());
}

TEST(ReadPacketTest, ReadsOneByteExtensions) {
  const Bytes bytes = Packet(0x90,
                             {0xbe, 0xde, 0, 3,  // three words
                              0x10, 'v', 0,      // mid, padding
                              0x21, 'h', 'i',    // rid
                              0x41, 0xab, 0xcd,  // transport-wide number
                              0x50, 1, 0},       // one that nobody asked for
                             {5});
  const ReceivedPacket packet = Read(bytes);
  EXPECT_EQ(packet.extensions.mid, "v");
  EXPECT_EQ(packet.extensions.rid, "hi");
  EXPECT_EQ(packet.extensions.repaired_rid, "");
  EXPECT_EQ(packet.extensions.transport_seq, 0xabcd);
  EXPECT_THAT(packet.payload, ElementsAre(5));
}

TEST(ReadPacketTest, ReadsTwoByteExtensionsAndIdsAboveFourteen) {
  const Bytes bytes = Packet(0x90,
                             {0x10, 0x05, 0, 3,  // application bits are ignored
                              20, 1, 'v', 0,     // mid, padding
                              200, 2, 'h', 'i',  // rid
                              4, 0, 9, 0},       // empty elements
                             {5});
  const ReceivedPacket packet = Read(bytes, {.mid = 20, .rid = 200, .transport_seq = 4});
  EXPECT_EQ(packet.extensions.mid, "v");
  EXPECT_EQ(packet.extensions.rid, "hi");
  EXPECT_FALSE(packet.extensions.transport_seq.has_value());
}

TEST(ReadPacketTest, KeepsThePayloadOfAPacketWhoseExtensionsMakeNoSense) {
  const Bytes past_the_block = Packet(0x90, {0xbe, 0xde, 0, 1, 0x10, 'v', 0x2f, 'h'}, {5});
  EXPECT_EQ(Read(past_the_block).extensions.mid, "v");
  EXPECT_EQ(Read(past_the_block).extensions.rid, "");
  EXPECT_THAT(Read(past_the_block).payload, ElementsAre(5));
  const Bytes stopped = Packet(0x90, {0xbe, 0xde, 0, 1, 0xf0, 0, 0x10, 'v'}, {5});
  EXPECT_EQ(Read(stopped).extensions.mid, "");
  const Bytes another_profile = Packet(0x90, {0x12, 0x34, 0, 1, 0x10, 'v', 0, 0}, {5});
  EXPECT_EQ(Read(another_profile).extensions.mid, "");
}

TEST(ReadPacketTest, DoesNotTakeIdZeroForAnExtensionThatWasNotAgreedOn) {
  const Bytes bytes = Packet(0x90, {0xbe, 0xde, 0, 1, 0x01, 'v', 'w', 0}, {5});
  const ReceivedPacket packet = Read(bytes, {});
  EXPECT_EQ(packet.extensions.mid, "");
  EXPECT_THAT(packet.payload, ElementsAre(5));
}

TEST(ReadPacketTest, RefusesWhatIsNoPacket) {
  const auto code_of = [](const Bytes& bytes) {
    const auto read = ReadPacket(bytes, kIds);
    return read ? ErrorCode::kInternal : read.error().code;
  };
  EXPECT_EQ(code_of({}), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(Bytes(11, 0x80)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(Packet(0x40, {}, {5})), ErrorCode::kMalformed);  // version 1
  EXPECT_EQ(code_of(Packet(0x8f, {}, {5})), ErrorCode::kMalformed);  // 15 CSRCs
  EXPECT_EQ(code_of(Packet(0x90, {0xbe, 0xde, 0, 9}, {5})), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(Packet(0xa0, {}, {5, 0})), ErrorCode::kMalformed);  // no padding
  EXPECT_EQ(code_of(Packet(0xa0, {}, {5, 3})), ErrorCode::kMalformed);  // more than there is
  EXPECT_EQ(code_of(Packet(0xa0, {}, {})), ErrorCode::kMalformed);
  Bytes large = Packet(0x80, {}, {});
  large.resize(kMaxReceivedPacket + 1);
  EXPECT_EQ(code_of(large), ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::rtp_receive
