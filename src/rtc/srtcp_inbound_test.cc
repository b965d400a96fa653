#include "rtc/srtcp_inbound.h"

#include <gtest/gtest.h>

#include "base/byte_writer.h"
#include "base/hex.h"
#include "rtc/srtp_outbound.h"
#include "support/libsrtp_session.h"

namespace ingress::rtc {
namespace {

using test::LibsrtpSession;

const Bytes kKey = FromHex("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6");

ByteView KeyFor(SrtpProfile profile) {
  return ByteView(kKey).first(kSrtpKeySize + SrtpSaltSize(profile));
}

Bytes ReceiverReport(std::uint32_t ssrc = 1) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU32(0x81c90007);  // V=2, one block, RR, 7 words follow
  writer.WriteU32(ssrc);
  writer.WriteBytes(Bytes(24, 0xab));
  return packet;
}

class SrtcpInboundTest : public testing::TestWithParam<SrtpProfile> {
 protected:
  static SrtcpInbound MakeInbound() {
    auto inbound = SrtcpInbound::Make(GetParam(), KeyFor(GetParam()));
    EXPECT_TRUE(inbound.has_value());
    return std::move(*inbound);
  }

  Bytes Sent(Bytes packet) {
    EXPECT_TRUE(peer_.ProtectRtcp(packet));
    return packet;
  }

  /// The packet opened, or why not.
  Result<Bytes> Opened(Bytes packet) {
    const auto opened = receiver_.Unprotect(packet);
    if (!opened) return std::unexpected(opened.error());
    return packet;
  }

  ErrorCode Refusal(const Bytes& packet) {
    const auto opened = Opened(packet);
    EXPECT_FALSE(opened.has_value());
    return opened ? ErrorCode::kInternal : opened.error().code;
  }

  LibsrtpSession peer_{LibsrtpSession::Direction::kOutbound, GetParam(), KeyFor(GetParam())};
  SrtcpInbound receiver_ = MakeInbound();
};

TEST_P(SrtcpInboundTest, OpensWhatLibsrtpProtectsFromAnySsrc) {
  EXPECT_EQ(Opened(Sent(ReceiverReport(1))).value(), ReceiverReport(1));
  EXPECT_EQ(Opened(Sent(ReceiverReport(2))).value(), ReceiverReport(2));
  EXPECT_EQ(Opened(Sent(ReceiverReport(1))).value(), ReceiverReport(1));
}

TEST_P(SrtcpInboundTest, OpensAPacketOnceAndInAnyOrder) {
  const Bytes first = Sent(ReceiverReport());
  const Bytes second = Sent(ReceiverReport());
  EXPECT_TRUE(Opened(second).has_value());
  EXPECT_TRUE(Opened(first).has_value());
  EXPECT_EQ(Refusal(first), ErrorCode::kUnauthorized);
  EXPECT_EQ(Refusal(second), ErrorCode::kUnauthorized);
}

TEST_P(SrtcpInboundTest, IsNotMovedByAForgedIndex) {
  const Bytes sent = Sent(ReceiverReport());
  const std::size_t trailer = GetParam() == SrtpProfile::kAeadAes128Gcm ? 0 : 10;
  Bytes forged = sent;
  forged.at(forged.size() - trailer - 3) ^= 0xff;  // far ahead
  EXPECT_EQ(Refusal(forged), ErrorCode::kUnauthorized);
  EXPECT_TRUE(Opened(sent).has_value());
}

TEST_P(SrtcpInboundTest, RefusesAPacketThatClaimsNotToBeEncrypted) {
  const std::size_t trailer = GetParam() == SrtpProfile::kAeadAes128Gcm ? 0 : 10;
  Bytes packet = Sent(ReceiverReport());
  packet.at(packet.size() - trailer - 4) &= 0x7f;
  EXPECT_EQ(Refusal(packet), ErrorCode::kUnauthorized);
}

TEST_P(SrtcpInboundTest, RejectsEveryTruncation) {
  const Bytes sent = Sent(ReceiverReport());
  for (std::size_t size = 0; size < sent.size(); ++size) {
    EXPECT_FALSE(Opened(Bytes(sent.begin(), sent.begin() + static_cast<long>(size))).has_value());
  }
}

TEST_P(SrtcpInboundTest, TakesReportsFromALimitedNumberOfSsrcs) {
  auto sender = SrtpOutbound::Make(GetParam(), KeyFor(GetParam())).value();
  const auto report_of = [&](std::uint32_t ssrc) {
    Bytes out(64);
    out.resize(sender.ProtectRtcp(ReceiverReport(ssrc), out).value());
    return out;
  };
  for (std::uint32_t ssrc = 0; ssrc < SrtcpInbound::kMaxSenders; ++ssrc) {
    EXPECT_TRUE(Opened(report_of(ssrc)).has_value());
  }
  EXPECT_TRUE(Opened(report_of(0)).has_value());
  auto stranger = SrtpOutbound::Make(GetParam(), KeyFor(GetParam())).value();
  Bytes out(64);
  out.resize(stranger.ProtectRtcp(ReceiverReport(0xffff), out).value());
  EXPECT_EQ(Refusal(out), ErrorCode::kLimitExceeded);
}

INSTANTIATE_TEST_SUITE_P(Profiles, SrtcpInboundTest,
                         testing::Values(SrtpProfile::kAeadAes128Gcm,
                                         SrtpProfile::kAes128CmSha1_80));

TEST(SrtcpInboundMakeTest, RejectsAKeyOfTheOtherProfile) {
  const auto inbound = SrtcpInbound::Make(SrtpProfile::kAeadAes128Gcm, kKey);
  ASSERT_FALSE(inbound.has_value());
  EXPECT_EQ(inbound.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace ingress::rtc
