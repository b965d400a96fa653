#include "rtc/srtp_session.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rtp/rtcp.h"

namespace ingress::rtc {
namespace {

// RFC 3711 appendix B.3 names this master key and salt; AES-CM derives its keys from them.
const Bytes kKey = {
    0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde, 0x41,
    0x39, 0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6,
};

ByteView KeyFor(SrtpProfile profile) {
  return ByteView(kKey).first(kSrtpKeySize + SrtpSaltSize(profile));
}

SrtpSession MakeSession(SrtpSession::Direction direction, SrtpProfile profile) {
  auto session = SrtpSession::Make(direction, profile, KeyFor(profile));
  EXPECT_TRUE(session.has_value()) << session.error().context;
  return std::move(*session);
}

Bytes RtpPacket(std::uint8_t sequence_number) {
  return {
      0x80, 0x60, 0x12, sequence_number,  // V=2, PT 96, sequence number
      0xde, 0xca, 0xfb, 0xad,             // timestamp
      0xca, 0xfe, 0xba, 0xbe,             // SSRC
      0xab, 0xab, 0xab, 0xab,             // payload
  };
}

const Bytes kReceiverReport = {
    0x80, 0xc9, 0x00, 0x01,  // V=2, no block, RR, 1 word follows
    0xca, 0xfe, 0xba, 0xbe,  // SSRC
};

/// `packet` protected, as a packet of its own.
Bytes Protected(SrtpSession& session, Bytes packet) {
  const std::size_t size = packet.size();
  packet.resize(size + SrtpSession::kMaxOverhead);
  const auto protected_size =
      rtp::IsRtcp(packet) ? session.ProtectRtcp(packet, size) : session.ProtectRtp(packet, size);
  EXPECT_TRUE(protected_size.has_value());
  packet.resize(protected_size.value_or(0));
  return packet;
}

class SrtpSessionTest : public testing::TestWithParam<SrtpProfile> {
 protected:
  SrtpSession sender_ = MakeSession(SrtpSession::Direction::kOutbound, GetParam());
  SrtpSession receiver_ = MakeSession(SrtpSession::Direction::kInbound, GetParam());
};

TEST_P(SrtpSessionTest, OpensWhatItProtects) {
  Bytes packet = Protected(sender_, RtpPacket(1));
  EXPECT_GT(packet.size(), RtpPacket(1).size());
  EXPECT_FALSE(std::equal(packet.begin() + 12, packet.begin() + 16, RtpPacket(1).begin() + 12));
  ASSERT_TRUE(receiver_.UnprotectRtp(packet).has_value());
  EXPECT_EQ(packet, RtpPacket(1));
}

TEST_P(SrtpSessionTest, OpensRtcpOfAnySender) {
  Bytes packet = Protected(sender_, kReceiverReport);
  ASSERT_TRUE(receiver_.UnprotectRtcp(packet).has_value());
  EXPECT_EQ(packet, kReceiverReport);
}

TEST_P(SrtpSessionTest, RejectsForgedPacket) {
  Bytes packet = Protected(sender_, RtpPacket(1));
  packet.back() ^= 1;
  const auto opened = receiver_.UnprotectRtp(packet);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnauthorized);
}

TEST_P(SrtpSessionTest, RejectsTruncatedPacket) {
  Bytes packet = {0x80, 0xc9, 0x00};
  EXPECT_FALSE(receiver_.UnprotectRtcp(packet).has_value());
  EXPECT_FALSE(receiver_.UnprotectRtp(packet).has_value());
}

TEST_P(SrtpSessionTest, ProtectsTheSamePacketAgainForARetransmission) {
  const Bytes first = Protected(sender_, RtpPacket(1));
  Protected(sender_, RtpPacket(2));
  EXPECT_EQ(Protected(sender_, RtpPacket(1)), first);
}

TEST_P(SrtpSessionTest, RefusesABufferWithoutRoomForTheTag) {
  Bytes packet = RtpPacket(1);
  EXPECT_FALSE(sender_.ProtectRtp(packet, packet.size()).has_value());
}

INSTANTIATE_TEST_SUITE_P(Profiles, SrtpSessionTest,
                         testing::Values(SrtpProfile::kAeadAes128Gcm,
                                         SrtpProfile::kAes128CmSha1_80));

TEST(SrtpSessionMakeTest, RejectsKeyOfTheWrongSize) {
  const auto session =
      SrtpSession::Make(SrtpSession::Direction::kInbound, SrtpProfile::kAeadAes128Gcm, kKey);
  ASSERT_FALSE(session.has_value());
  EXPECT_EQ(session.error().code, ErrorCode::kMalformed);
}

// The packet of RFC 3711's reference implementation: libsrtp's own known answer.
TEST(SrtpSessionMakeTest, ProtectsTheReferencePacketAsLibsrtpDocuments) {
  auto session = MakeSession(SrtpSession::Direction::kOutbound, SrtpProfile::kAes128CmSha1_80);
  const Bytes packet = {
      0x80, 0x0f, 0x12, 0x34,  // V=2, PT 15, sequence number
      0xde, 0xca, 0xfb, 0xad,  // timestamp
      0xca, 0xfe, 0xba, 0xbe,  // SSRC
      0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,
      0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,
  };
  const Bytes expected = {
      0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe, 0x4e, 0x55, 0xdc,
      0x4c, 0xe7, 0x99, 0x78, 0xd8, 0x8c, 0xa4, 0xd2, 0x15, 0x94, 0x9d, 0x24, 0x02,  // ciphertext
      0xb7, 0x8d, 0x6a, 0xcc, 0x99, 0xea, 0x17, 0x9b, 0x8d, 0xbb,                    // tag
  };
  EXPECT_EQ(Protected(session, packet), expected);
}

}  // namespace
}  // namespace ingress::rtc
