#include "srtp/rtcp_inbound.h"

#include <gtest/gtest.h>

#include "base/byte_writer.h"
#include "base/testing/hex.h"
#include "srtp/outbound.h"
#include "support/libsrtp_session.h"

namespace ingress::srtp {
namespace {

using test::LibsrtpSession;

const Bytes kKey = FromHex("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6");

ByteView KeyFor(Profile profile) { return ByteView(kKey).first(kKeySize + SaltSize(profile)); }

Bytes ReceiverReport(std::uint32_t ssrc = 1) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU32(0x81c90007);  // V=2, one block, RR, 7 words follow
  writer.WriteU32(ssrc);
  writer.WriteBytes(Bytes(24, 0xab));
  return packet;
}

class RtcpInboundTest : public testing::TestWithParam<Profile> {
 protected:
  static RtcpInbound MakeInbound() {
    auto inbound = RtcpInbound::Make(GetParam(), KeyFor(GetParam()));
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
  RtcpInbound receiver_ = MakeInbound();
};

TEST_P(RtcpInboundTest, OpensWhatLibsrtpProtectsFromAnySsrc) {
  EXPECT_EQ(Opened(Sent(ReceiverReport(1))).value(), ReceiverReport(1));
  EXPECT_EQ(Opened(Sent(ReceiverReport(2))).value(), ReceiverReport(2));
  EXPECT_EQ(Opened(Sent(ReceiverReport(1))).value(), ReceiverReport(1));
}

TEST_P(RtcpInboundTest, OpensAPacketOnceAndInAnyOrder) {
  const Bytes first = Sent(ReceiverReport());
  const Bytes second = Sent(ReceiverReport());
  EXPECT_TRUE(Opened(second).has_value());
  EXPECT_TRUE(Opened(first).has_value());
  EXPECT_EQ(Refusal(first), ErrorCode::kUnauthorized);
  EXPECT_EQ(Refusal(second), ErrorCode::kUnauthorized);
}

TEST_P(RtcpInboundTest, IsNotMovedByAForgedIndex) {
  const Bytes sent = Sent(ReceiverReport());
  const std::size_t trailer = GetParam() == Profile::kAeadAes128Gcm ? 0 : 10;
  Bytes forged = sent;
  forged.at(forged.size() - trailer - 3) ^= 0xff;  // far ahead
  EXPECT_EQ(Refusal(forged), ErrorCode::kUnauthorized);
  EXPECT_TRUE(Opened(sent).has_value());
}

TEST_P(RtcpInboundTest, RefusesAPacketThatClaimsNotToBeEncrypted) {
  const std::size_t trailer = GetParam() == Profile::kAeadAes128Gcm ? 0 : 10;
  Bytes packet = Sent(ReceiverReport());
  packet.at(packet.size() - trailer - 4) &= 0x7f;
  EXPECT_EQ(Refusal(packet), ErrorCode::kUnauthorized);
}

TEST_P(RtcpInboundTest, RejectsEveryTruncation) {
  const Bytes sent = Sent(ReceiverReport());
  for (std::size_t size = 0; size < sent.size(); ++size) {
    EXPECT_FALSE(Opened(Bytes(sent.begin(), sent.begin() + static_cast<long>(size))).has_value());
  }
}

TEST_P(RtcpInboundTest, TakesReportsFromALimitedNumberOfSsrcs) {
  auto sender = Outbound::Make(GetParam(), KeyFor(GetParam())).value();
  const auto report_of = [&](std::uint32_t ssrc) {
    Bytes out(64);
    out.resize(sender.ProtectRtcp(ReceiverReport(ssrc), out).value());
    return out;
  };
  for (std::uint32_t ssrc = 0; ssrc < RtcpInbound::kMaxSenders; ++ssrc) {
    EXPECT_TRUE(Opened(report_of(ssrc)).has_value());
  }
  EXPECT_TRUE(Opened(report_of(0)).has_value());
  auto stranger = Outbound::Make(GetParam(), KeyFor(GetParam())).value();
  Bytes out(64);
  out.resize(stranger.ProtectRtcp(ReceiverReport(0xffff), out).value());
  EXPECT_EQ(Refusal(out), ErrorCode::kLimitExceeded);
}

INSTANTIATE_TEST_SUITE_P(Profiles, RtcpInboundTest,
                         testing::Values(Profile::kAeadAes128Gcm, Profile::kAes128CmSha1_80));

TEST(RtcpInboundMakeTest, RejectsAKeyOfTheOtherProfile) {
  const auto inbound = RtcpInbound::Make(Profile::kAeadAes128Gcm, kKey);
  ASSERT_FALSE(inbound.has_value());
  EXPECT_EQ(inbound.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace ingress::srtp
