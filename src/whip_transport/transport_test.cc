#include "whip_transport/transport.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "whip_transport/testing/transport_fixture.h"

namespace ingress::whip_transport {
namespace {

using namespace std::chrono_literals;

class TransportRoleTest : public TransportTest,
                          public ::testing::WithParamInterface<rtc::DtlsRole> {};

TEST_P(TransportRoleTest, CarriesMediaInAndReportsBothWays) {
  Make(GetParam());
  Connect();
  ASSERT_EQ(connected_, 1);
  EXPECT_TRUE(transport_->connected());
  EXPECT_EQ(client_->stun_answers, 1);
  Send(client_->Rtp(1));
  Send(client_->Rtp(2));
  Send(client_->Rtcp(1));
  time_.Run();
  EXPECT_EQ(rtp_, (std::vector<Bytes>{RtpPacket(1), RtpPacket(2)}));
  EXPECT_EQ(rtcp_, (std::vector<Bytes>{Report(1)}));
  EXPECT_GT(batches_, 0);
  transport_->SendRtcp(Report(2));
  Exchange();
  EXPECT_EQ(client_->rtcp, (std::vector<Bytes>{Report(2)}));

  const Transport::Stats stats = transport_->stats(Clock::now());
  EXPECT_EQ(stats.rtp_packets, 2U);
  EXPECT_EQ(stats.rtp_bytes, 2 * RtpPacket(1).size());
  EXPECT_EQ(stats.rtcp_packets, 1U);
  EXPECT_EQ(stats.rtcp_packets_sent, 1U);
  EXPECT_EQ(stats.profile, srtp::Profile::kAeadAes128Gcm);
  EXPECT_EQ(stats.dtls_state, Transport::DtlsState::kConnected);
  EXPECT_EQ(stats.dtls_role, GetParam());
  EXPECT_EQ(stats.dtls_version, "DTLSv1.2");
  EXPECT_EQ(stats.dtls_cipher, "ECDHE-ECDSA-AES256-GCM-SHA384");
  EXPECT_TRUE(stats.ice_after && stats.dtls_after);
  ASSERT_EQ(stats.pairs.size(), 1U);
  EXPECT_TRUE(stats.pairs[0].selected);
  EXPECT_EQ(ToString(stats.pairs[0].remote),
            "127.0.0.1:" + std::to_string(home_.socket.local_endpoint().port()));
  EXPECT_TRUE(stats.drops.empty());
}

TEST_P(TransportRoleTest, EndsWhenTheClientSaysGoodbye) {
  Make(GetParam());
  Connect();
  client_->Close();
  Exchange();
  EXPECT_EQ(ends_, (std::vector<End>{End::kClosedByPeer}));
  EXPECT_FALSE(transport_->connected());
}

TEST_P(TransportRoleTest, RefusesAnotherCertificateThanThatOfTheSdp) {
  Make(GetParam(), OurCertificate());
  Connect();
  EXPECT_EQ(ends_, (std::vector<End>{End::kRefused}));
  EXPECT_NE(last_error_.find("certificate"), std::string::npos) << last_error_;
  EXPECT_EQ(connected_, 0);
  if (client_->has_keys()) Send(client_->Rtp(1));
  time_.Run();
  EXPECT_TRUE(rtp_.empty());
}

INSTANTIATE_TEST_SUITE_P(Roles, TransportRoleTest,
                         ::testing::Values(rtc::DtlsRole::kServer, rtc::DtlsRole::kClient));

TEST_F(TransportTest, SaysGoodbyeToTheClient) {
  Make();
  Connect();
  transport_->Close();
  Exchange();
  ASSERT_FALSE(client_->last_dtls.has_value());
  EXPECT_EQ(client_->last_dtls.error().code, ErrorCode::kClosed);
  EXPECT_TRUE(ends_.empty());
}

// A client that cannot be asked for key frames sends its only one right behind its last flight.
TEST_F(TransportTest, TakesMediaThatOvertakesTheEndOfTheHandshake) {
  Make(rtc::DtlsRole::kClient);
  transport_->AddPeer(home_.TakePeer(RequestWith(kOurs)));
  std::vector<Bytes> flight;
  while (!client_->has_keys()) {
    time_.Run();
    const Bytes packet = home_.Read();
    ASSERT_FALSE(packet.empty());
    client_->Take(packet);
    flight = client_->TakeDtls();
    if (client_->has_keys()) break;
    for (const Bytes& datagram : flight) Send(datagram);
  }
  Send(client_->Rtp(1));
  Send(client_->Rtcp(1));
  time_.Run();
  EXPECT_TRUE(rtp_.empty());
  for (const Bytes& datagram : flight) Send(datagram);
  Exchange();
  EXPECT_EQ(connected_, 1);
  EXPECT_EQ(rtp_, (std::vector<Bytes>{RtpPacket(1)}));
  EXPECT_EQ(rtcp_, (std::vector<Bytes>{Report(1)}));
}

TEST_F(TransportTest, BoundsTheMediaThatComesBeforeTheHandshake) {
  Make();
  transport_->AddPeer(home_.TakePeer(RequestWith(kOurs)));
  for (std::size_t i = 0; i < Transport::kMaxEarlyPackets + 5; ++i) {
    Send(RtpPacket(static_cast<std::uint16_t>(i)));
    time_.Run();
  }
  EXPECT_EQ(transport_->stats(Clock::now()).drops.at("early"), 5U);
  Exchange();
  EXPECT_EQ(connected_, 1);
  EXPECT_TRUE(rtp_.empty());
  EXPECT_EQ(transport_->stats(Clock::now()).drops.at("rtp_forged"), Transport::kMaxEarlyPackets);
}

TEST_F(TransportTest, SendsNothingToWhoeverHasNotProvedItself) {
  Make(rtc::DtlsRole::kServer);
  transport_->AddPeer(home_.TakePeer(RequestWith(kRestarted)));
  for (const Bytes& datagram : client_->TakeDtls()) Send(datagram);
  time_.Run();
  EXPECT_TRUE(home_.Read().empty());
  const auto drops = transport_->stats(Clock::now()).drops;
  EXPECT_EQ(drops.at("stun_refused"), 1U);
  EXPECT_EQ(drops.at("not_checked"), 1U);
}

TEST_F(TransportTest, EndsWhenNobodyComes) {
  Make();
  time_.Pass(9900ms);
  EXPECT_TRUE(ends_.empty());
  time_.Pass(200ms);
  EXPECT_EQ(ends_, (std::vector<End>{End::kNoIce}));
}

TEST_F(TransportTest, EndsWhenTheHandshakeIsNotDoneInTime) {
  Make();
  time_.Pass(5s);
  transport_->AddPeer(home_.TakePeer(RequestWith(kOurs)));
  time_.Pass(9900ms);
  EXPECT_TRUE(ends_.empty());
  time_.Pass(200ms);
  EXPECT_EQ(ends_, (std::vector<End>{End::kNoDtls}));
}

TEST_F(TransportTest, TellsOfSilenceAndOfItsEnd) {
  Make();
  Connect();
  time_.Pass(4900ms);
  EXPECT_TRUE(silences_.empty());
  time_.Pass(200ms);
  EXPECT_EQ(silences_, (std::vector<bool>{true}));
  Send(
      Bytes{0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
  time_.Pass(100ms);
  EXPECT_EQ(silences_.size(), 1U);  // a forged packet is no sign of life
  Send(client_->Rtcp(1));
  time_.Pass(10ms);
  EXPECT_EQ(silences_, (std::vector<bool>{true, false}));
  time_.Pass(29900ms);
  EXPECT_EQ(silences_, (std::vector<bool>{true, false, true}));
  EXPECT_TRUE(ends_.empty());
  time_.Pass(200ms);
  EXPECT_EQ(ends_, (std::vector<End>{End::kSilent}));
}

TEST_F(TransportTest, TakesChecksAsSignsOfLife) {
  Make();
  Connect();
  for (int i = 0; i < 20; ++i) {
    time_.Pass(3s);
    Send(RequestWith(kOurs));
    time_.Pass(10ms);
  }
  EXPECT_TRUE(silences_.empty());
  EXPECT_TRUE(ends_.empty());
}

TEST_F(TransportTest, CountsReportsThatCouldNotLeave) {
  Make();
  transport_->SendRtcp(Report(1));
  EXPECT_EQ(transport_->stats(Clock::now()).drops.at("rtcp_unsent"), 1U);
}

TEST_F(TransportTest, CountsReportsThatAreForged) {
  Make();
  Connect();
  Bytes forged = client_->Rtcp(1);
  forged.back() ^= 1;
  Send(forged);
  Send(Bytes{0x80, 200, 0, 0});
  time_.Run();
  EXPECT_EQ(transport_->stats(Clock::now()).drops.at("rtcp_forged"), 1U);
  EXPECT_EQ(transport_->stats(Clock::now()).drops.at("rtcp_malformed"), 1U);
}

}  // namespace
}  // namespace ingress::whip_transport
