#include "whip_transport/srtp_inbound.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/byte_writer.h"
#include "base/testing/hex.h"
#include "support/libsrtp_session.h"

namespace ingress::whip_transport {
namespace {

using test::LibsrtpSession;
using Refusal = SrtpInbound::Refusal;

const Bytes kKey = FromHex("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6");

ByteView KeyFor(srtp::Profile profile) {
  return ByteView(kKey).first(srtp::kKeySize + srtp::SaltSize(profile));
}

Bytes RtpPacket(std::uint16_t sequence, std::uint32_t ssrc = 1) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU16(0x8060);  // V=2, PT 96
  writer.WriteU16(sequence);
  writer.WriteU32(sequence * 3000U);
  writer.WriteU32(ssrc);
  writer.WriteBytes(Bytes(50, static_cast<std::uint8_t>(sequence)));
  return packet;
}

class SrtpInboundTest : public testing::TestWithParam<srtp::Profile> {
 protected:
  Bytes Sent(Bytes packet) {
    EXPECT_TRUE(sender_.ProtectRtp(packet));
    return packet;
  }

  /// Packets of one stream, from `first` on, as they were sent.
  std::vector<Bytes> SentFrom(std::uint16_t first, std::size_t count) {
    std::vector<Bytes> packets;
    for (std::size_t i = 0; i < count; ++i) {
      packets.push_back(Sent(RtpPacket(static_cast<std::uint16_t>(first + i))));
    }
    return packets;
  }

  bool Opens(const Bytes& packet) { return Open(packet).has_value(); }

  Refusal WhyNot(const Bytes& packet) {
    const auto opened = Open(packet);
    EXPECT_FALSE(opened.has_value());
    return opened ? Refusal::kFailed : opened.error();
  }

  std::expected<Bytes, Refusal> Open(Bytes packet) {
    const auto size = receiver_.Open(packet);
    if (!size) return std::unexpected(size.error());
    packet.resize(*size);
    return packet;
  }

  LibsrtpSession sender_{LibsrtpSession::Direction::kOutbound, GetParam(), KeyFor(GetParam())};
  SrtpInbound receiver_ = SrtpInbound::Make(GetParam(), KeyFor(GetParam())).value();
};

TEST_P(SrtpInboundTest, OpensWhatAnybodyWithTheKeySends) {
  EXPECT_EQ(Open(Sent(RtpPacket(7, 1))), RtpPacket(7, 1));
  EXPECT_EQ(Open(Sent(RtpPacket(60'000, 2))), RtpPacket(60'000, 2));
  EXPECT_EQ(Open(Sent(RtpPacket(8, 1))), RtpPacket(8, 1));
}

TEST_P(SrtpInboundTest, OpensAPacketThatIsFiveHundredLateOnce) {
  const auto packets = SentFrom(100, 4000);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (i != 3400 && i != 900) ASSERT_TRUE(Opens(packets[i])) << i;
  }
  EXPECT_TRUE(Opens(packets[3400]));
  EXPECT_EQ(WhyNot(packets[3400]), Refusal::kReplayed);
  EXPECT_EQ(WhyNot(packets[3999]), Refusal::kReplayed);
  EXPECT_EQ(WhyNot(packets[900]), Refusal::kTooLate);
}

TEST_P(SrtpInboundTest, FollowsTheSequenceAroundItsEndWithLossAndRetransmission) {
  const auto packets = SentFrom(65'000, 2000);  // the 537th has number 0
  const auto lost = [](std::size_t i) { return i >= 500 && i < 600 && i % 3 != 0; };
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (!lost(i)) ASSERT_TRUE(Opens(packets[i])) << i;
    if (i == 1000) {
      for (std::size_t again = 500; again < 600; ++again) {
        if (lost(again)) ASSERT_TRUE(Opens(packets[again])) << again;
      }
    }
  }
}

TEST_P(SrtpInboundTest, RefusesWhatWasChanged) {
  const Bytes sent = Sent(RtpPacket(7));
  for (std::size_t at = 12; at < sent.size(); ++at) {
    Bytes forged = sent;
    forged[at] ^= 1;
    EXPECT_EQ(WhyNot(forged), Refusal::kForged) << at;
  }
  for (std::size_t size = 0; size < sent.size(); ++size) {
    EXPECT_FALSE(Opens(Bytes(sent.begin(), sent.begin() + static_cast<long>(size))));
  }
  EXPECT_TRUE(Opens(sent));
}

TEST_P(SrtpInboundTest, KeepsNothingOfForgedStreams) {
  for (std::uint32_t ssrc = 1000; ssrc < 11'000; ++ssrc) {
    EXPECT_EQ(WhyNot(RtpPacket(1, ssrc)), Refusal::kForged);
  }
  for (std::uint32_t ssrc = 0; ssrc < SrtpInbound::kMaxStreams; ++ssrc) {
    EXPECT_TRUE(Opens(Sent(RtpPacket(1, ssrc)))) << ssrc;
  }
}

TEST_P(SrtpInboundTest, TakesALimitedNumberOfStreams) {
  for (std::uint32_t ssrc = 0; ssrc < SrtpInbound::kMaxStreams; ++ssrc) {
    ASSERT_TRUE(Opens(Sent(RtpPacket(1, ssrc))));
  }
  EXPECT_EQ(WhyNot(Sent(RtpPacket(1, 99))), Refusal::kTooManyStreams);
  EXPECT_TRUE(Opens(Sent(RtpPacket(2, 0))));
}

INSTANTIATE_TEST_SUITE_P(Profiles, SrtpInboundTest,
                         testing::Values(srtp::Profile::kAeadAes128Gcm,
                                         srtp::Profile::kAes128CmSha1_80));

TEST(SrtpInboundMakeTest, RefusesAKeyOfTheOtherProfile) {
  const auto inbound = SrtpInbound::Make(srtp::Profile::kAeadAes128Gcm, kKey);
  ASSERT_FALSE(inbound.has_value());
  EXPECT_EQ(inbound.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace ingress::whip_transport
