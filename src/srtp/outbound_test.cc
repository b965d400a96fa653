#include "srtp/outbound.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/byte_writer.h"
#include "base/testing/hex.h"
#include "support/libsrtp_session.h"

namespace ingress::srtp {
namespace {

using test::LibsrtpSession;

const Bytes kKey = FromHex("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6");

ByteView KeyFor(Profile profile) { return ByteView(kKey).first(kKeySize + SaltSize(profile)); }

Outbound MakeOutbound(Profile profile) {
  auto outbound = Outbound::Make(profile, KeyFor(profile));
  EXPECT_TRUE(outbound.has_value());
  return std::move(*outbound);
}

constexpr std::uint32_t kSsrc = 0xcafebabe;

Bytes RtpPacket(std::uint16_t sequence, std::uint32_t ssrc = kSsrc) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU16(0x9060);  // V=2, extension, PT 96
  writer.WriteU16(sequence);
  writer.WriteU32(0xdecafbad);  // timestamp
  writer.WriteU32(ssrc);
  writer.WriteBytes(FromHex("bede0001 10310000"));  // extension: one word
  writer.WriteBytes(Bytes(100, 0xab));
  return packet;
}

const Bytes kReceiverReport = FromHex("80c90001 cafebabe");

class OutboundTest : public testing::TestWithParam<Profile> {
 protected:
  Bytes ProtectedRtp(const Bytes& packet) {
    Bytes out(packet.size() + Outbound::kMaxOverhead);
    out.resize(sender_.ProtectRtp(packet, out).value_or(0));
    return out;
  }
  Bytes ProtectedRtcp(const Bytes& packet) {
    Bytes out(packet.size() + Outbound::kMaxOverhead);
    out.resize(sender_.ProtectRtcp(packet, out).value_or(0));
    return out;
  }

  /// Whether libsrtp reads `packet` out of what we sent.
  testing::AssertionResult Arrives(const Bytes& packet, Bytes sent) {
    if (!receiver_.UnprotectRtp(sent)) return testing::AssertionFailure() << "libsrtp refuses";
    return sent == packet ? testing::AssertionSuccess()
                          : testing::AssertionFailure() << "another packet";
  }

  Outbound sender_ = MakeOutbound(GetParam());
  LibsrtpSession receiver_{LibsrtpSession::Direction::kInbound, GetParam(), KeyFor(GetParam())};
};

TEST_P(OutboundTest, IsUnderstoodByLibsrtp) {
  const Bytes sent = ProtectedRtp(RtpPacket(1));
  EXPECT_NE(sent.at(RtpPacket(1).size() - 1), 0xab);
  EXPECT_TRUE(Arrives(RtpPacket(1), sent));
  for (int i = 0; i < 3; ++i) {
    Bytes report = ProtectedRtcp(kReceiverReport);
    EXPECT_TRUE(receiver_.UnprotectRtcp(report));
    EXPECT_EQ(report, kReceiverReport);
  }
}

TEST_P(OutboundTest, CountsTheCyclesOfEachSsrc) {
  for (int cycle = 0; cycle < 3; ++cycle) {
    for (std::uint32_t sequence = 0; sequence < 0x10000; sequence += 0x1000) {
      const Bytes packet = RtpPacket(static_cast<std::uint16_t>(sequence));
      EXPECT_TRUE(Arrives(packet, ProtectedRtp(packet)));
    }
  }
  EXPECT_TRUE(Arrives(RtpPacket(7, 1), ProtectedRtp(RtpPacket(7, 1))));
}

TEST_P(OutboundTest, ProtectsAPacketOfTheCycleBeforeAgainAsItWas) {
  for (const int sequence : {0x8000, 0xfffd}) {
    ProtectedRtp(RtpPacket(static_cast<std::uint16_t>(sequence)));
  }
  const Bytes lost = ProtectedRtp(RtpPacket(0xfffe));
  const Bytes next = ProtectedRtp(RtpPacket(0x0001));
  EXPECT_EQ(ProtectedRtp(RtpPacket(0xfffe)), lost);
  EXPECT_EQ(ProtectedRtp(RtpPacket(0x0001)), next);
}

TEST_P(OutboundTest, RefusesAnotherPacketUnderTheSameIndex) {
  const Bytes first = ProtectedRtp(RtpPacket(1));
  ProtectedRtp(RtpPacket(2));
  Bytes other = RtpPacket(1);
  for (const std::size_t at : {std::size_t{1}, std::size_t{5}, std::size_t{18}, other.size() - 1}) {
    other = RtpPacket(1);
    other.at(at) ^= 1;  // marker and type, timestamp, extension, payload
    Bytes out(other.size() + Outbound::kMaxOverhead, 0x55);
    const auto size = sender_.ProtectRtp(other, out);
    ASSERT_FALSE(size.has_value()) << "byte " << at;
    EXPECT_EQ(size.error().code, ErrorCode::kConflict);
    EXPECT_EQ(std::ranges::count(out, 0), static_cast<std::ptrdiff_t>(first.size()))
        << "nothing of it is left";
  }
  Bytes shorter = RtpPacket(1);
  shorter.pop_back();
  EXPECT_TRUE(ProtectedRtp(shorter).empty());
  EXPECT_EQ(ProtectedRtp(RtpPacket(1)), first) << "the packet itself may go again";
  EXPECT_EQ(ProtectedRtp(RtpPacket(1, 7)).size(), first.size()) << "another SSRC's is another";
}

TEST_P(OutboundTest, RefusesAPacketThatIsTooOldToTell) {
  for (std::uint16_t sequence = 0; sequence <= IndexGuard::kRemembered; ++sequence) {
    ASSERT_FALSE(ProtectedRtp(RtpPacket(sequence)).empty());
  }
  EXPECT_FALSE(ProtectedRtp(RtpPacket(1)).empty());
  Bytes out(200);
  const auto size = sender_.ProtectRtp(RtpPacket(0), out);
  ASSERT_FALSE(size.has_value());
  EXPECT_EQ(size.error().code, ErrorCode::kConflict);
}

TEST_P(OutboundTest, GivesEachReportAnIndexOfItsOwn) {
  const Bytes first = ProtectedRtcp(kReceiverReport);
  EXPECT_NE(ProtectedRtcp(kReceiverReport), first);
}

TEST_P(OutboundTest, RejectsAHeaderThatDoesNotFit) {
  Bytes out(200);
  const char* const packets[] = {
      "8060000100000000000000",                       // 11 bytes
      "8160000100000000000000010000 00",              // a CSRC, cut
      "90600001000000000000000 1bede00",              // an extension header, cut
      "906000010000000000000001 bede0002 00000000"};  // an extension of two words, cut
  for (const char* packet : packets) {
    const auto size = sender_.ProtectRtp(FromHex(packet), out);
    ASSERT_FALSE(size.has_value()) << packet;
    EXPECT_EQ(size.error().code, ErrorCode::kMalformed);
  }
  EXPECT_FALSE(sender_.ProtectRtcp(FromHex("80c90001cafeba"), out).has_value());
}

TEST_P(OutboundTest, RefusesABufferWithoutRoomForTheTag) {
  const Bytes packet = RtpPacket(1);
  Bytes out(packet.size() + Outbound::kMaxOverhead - 1);
  const auto size = sender_.ProtectRtp(packet, out);
  ASSERT_FALSE(size.has_value());
  EXPECT_EQ(size.error().code, ErrorCode::kLimitExceeded);
}

TEST_P(OutboundTest, KeepsEverySsrcUpToALimit) {
  const Bytes first = ProtectedRtp(RtpPacket(0xffff, 0));
  ProtectedRtp(RtpPacket(0, 0));
  for (std::uint32_t ssrc = 1; ssrc < Outbound::kMaxStreams; ++ssrc) {
    EXPECT_FALSE(ProtectedRtp(RtpPacket(1, ssrc)).empty());
  }
  EXPECT_TRUE(ProtectedRtp(RtpPacket(1, Outbound::kMaxStreams)).empty());
  EXPECT_EQ(ProtectedRtp(RtpPacket(0xffff, 0)), first);
}

INSTANTIATE_TEST_SUITE_P(Profiles, OutboundTest,
                         testing::Values(Profile::kAeadAes128Gcm, Profile::kAes128CmSha1_80));

TEST(OutboundMakeTest, RejectsAKeyOfTheOtherProfile) {
  const auto outbound = Outbound::Make(Profile::kAeadAes128Gcm, kKey);
  ASSERT_FALSE(outbound.has_value());
  EXPECT_EQ(outbound.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace ingress::srtp
