#include "whip_transport/transport.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/byte_writer.h"
#include "ice_lite/tcp_framing.h"
#include "support/binding_request.h"
#include "support/given_time.h"
#include "support/libsrtp_session.h"
#include "whip_transport/packet_kind.h"

namespace ingress::whip_transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using namespace std::chrono_literals;
using test::LibsrtpSession;

const sdp::IceCredentials kOurs{.ufrag = "ours", .password = "0123456789012345678901"};
const sdp::IceCredentials kRestarted{.ufrag = "next", .password = "1123456789012345678901"};

const rtc::Certificate& OurCertificate() {
  static const rtc::Certificate certificate = rtc::Certificate::Make().value();
  return certificate;
}

const rtc::Certificate& TheirCertificate() {
  static const rtc::Certificate certificate = rtc::Certificate::Make().value();
  return certificate;
}

sdp::Fingerprint FingerprintOf(const rtc::Certificate& certificate) {
  return {.algorithm = "sha-256",
          .digest = rtc::CertificateDigest(*certificate.x509(), "sha-256").value()};
}

Bytes RequestWith(const sdp::IceCredentials& ours, std::uint32_t priority = 1) {
  return Serialize(test::BindingRequest{
      .username = ours.ufrag + ":theirs", .password = ours.password, .priority = priority});
}

Bytes RtpPacket(std::uint16_t sequence) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU16(0x8060);  // V=2, PT 96
  writer.WriteU16(sequence);
  writer.WriteU32(3000);
  writer.WriteU32(1);  // SSRC
  writer.WriteBytes(Bytes(1000, 7));
  return packet;
}

Bytes Report(std::uint32_t ssrc) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU32(0x80c90001);  // V=2, RR without blocks
  writer.WriteU32(ssrc);
  return packet;
}

/// One of the client's addresses: its socket, and the other end of it for the transport.
struct Address {
  explicit Address(asio::io_context& io)
      : socket(io, {asio::ip::address_v4::loopback(), 0}),
        theirs(io, {asio::ip::address_v4::loopback(), 0}) {
    socket.connect(theirs.local_endpoint());
    theirs.connect(socket.local_endpoint());
    socket.non_blocking(true);
  }

  Peer TakePeer(Bytes received) {
    return {.socket = UniqueFd(theirs.release()), .tcp = false, .received = std::move(received)};
  }

  /// The next datagram that has come; empty: none.
  Bytes Read() {
    Bytes datagram(2048);
    boost::system::error_code none;
    datagram.resize(socket.receive(asio::buffer(datagram), 0, none));
    return datagram;
  }

  udp::socket socket;
  udp::socket theirs;
};

/// The client's half of DTLS and SRTP, without a socket.
class Client {
 public:
  Client(rtc::DtlsRole role, const rtc::Certificate& certificate)
      : dtls_(rtc::DtlsTransport::Make(
                  certificate, {.role = role, .fingerprint = FingerprintOf(OurCertificate())})
                  .value()) {
    EXPECT_TRUE(dtls_->Start().has_value());
  }

  /// Takes a packet of the transport's.
  void Take(const Bytes& packet) {
    switch (KindOf(packet)) {
      case PacketKind::kStun:
        ++stun_answers;
        break;
      case PacketKind::kDtls:
        last_dtls = dtls_->Receive(packet);
        if (dtls_->keys() && !sender_) UseKeys(*dtls_->keys());
        break;
      default:
        TakeRtcp(packet);
    }
  }

  std::vector<Bytes> TakeDtls() { return dtls_->TakeOutput(); }
  void Close() { dtls_->Close(); }
  bool has_keys() const { return sender_.has_value(); }

  Bytes Rtp(std::uint16_t sequence) {
    Bytes packet = RtpPacket(sequence);
    EXPECT_TRUE(sender_->ProtectRtp(packet));
    return packet;
  }
  Bytes Rtcp(std::uint32_t ssrc) {
    Bytes packet = Report(ssrc);
    EXPECT_TRUE(sender_->ProtectRtcp(packet));
    return packet;
  }

  int stun_answers = 0;
  std::vector<Bytes> rtcp;  // decrypted
  Result<void> last_dtls;

 private:
  void UseKeys(const srtp::Keys& keys) {
    sender_.emplace(LibsrtpSession::Direction::kOutbound, keys.profile, keys.local);
    receiver_.emplace(LibsrtpSession::Direction::kInbound, keys.profile, keys.remote);
  }

  void TakeRtcp(Bytes packet) {
    ASSERT_TRUE(receiver_.has_value());
    ASSERT_TRUE(receiver_->UnprotectRtcp(packet));
    rtcp.push_back(std::move(packet));
  }

  std::unique_ptr<rtc::DtlsTransport> dtls_;
  std::optional<LibsrtpSession> sender_;
  std::optional<LibsrtpSession> receiver_;
};

class TransportTest : public ::testing::Test {
 protected:
  void Make(rtc::DtlsRole role = rtc::DtlsRole::kServer,
            const rtc::Certificate& shown = TheirCertificate()) {
    auto made = Transport::Make(
        io_.get_executor(), OurCertificate(),
        {.ice = kOurs,
         .remote_ufrag = "theirs",
         .fingerprint = FingerprintOf(TheirCertificate()),
         .role = role},
        {.on_rtp = [this](ByteView packet,
                          TimePoint) { rtp_.emplace_back(packet.begin(), packet.end()); },
         .on_rtcp = [this](ByteView packet,
                           TimePoint) { rtcp_.emplace_back(packet.begin(), packet.end()); },
         .on_batch = [this] { ++batches_; },
         .on_connected = [this] { ++connected_; },
         .on_silent = [this](bool silent) { silences_.push_back(silent); },
         .on_ice_restarted = [this] { ++restarts_; },
         .on_ended =
             [this](End end, const Error& error) {
               ends_.push_back(end);
               last_error_ = error.context;
             }});
    ASSERT_TRUE(made.has_value()) << made.error().context;
    transport_ = std::move(*made);
    const bool server = role == rtc::DtlsRole::kServer;
    client_.emplace(server ? rtc::DtlsRole::kClient : rtc::DtlsRole::kServer, shown);
  }

  void Connect() {
    transport_->AddPeer(home_.TakePeer(RequestWith(kOurs)));
    Exchange();
  }

  /// Runs the transport and the client until neither has anything to say.
  void Exchange() {
    for (bool moved = true; moved;) {
      time_.Run();
      moved = false;
      for (Bytes packet = home_.Read(); !packet.empty(); packet = home_.Read()) {
        client_->Take(packet);
        moved = true;
      }
      if (client_->stun_answers == 0) continue;  // a client waits for ICE
      for (const Bytes& datagram : client_->TakeDtls()) {
        Send(datagram);
        moved = true;
      }
    }
  }

  /// What the transport does not take any more may come back as an error.
  void Send(const Bytes& packet) {
    boost::system::error_code ignored;
    home_.socket.send(asio::buffer(packet), 0, ignored);
  }

  asio::io_context io_;
  testing::GivenTime time_{io_};
  Address home_{io_};
  std::optional<Client> client_;
  std::vector<Bytes> rtp_;
  std::vector<Bytes> rtcp_;
  std::vector<bool> silences_;
  std::vector<End> ends_;
  std::string last_error_;
  int batches_ = 0;
  int connected_ = 0;
  int restarts_ = 0;
  std::unique_ptr<Transport> transport_;
};

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

TEST_F(TransportTest, FollowsTheClientToAnotherAddress) {
  Make();
  Connect();
  Address moved(io_);
  time_.Pass(1s);
  transport_->AddPeer(moved.TakePeer(RequestWith(kOurs)));
  time_.Run();
  EXPECT_EQ(KindOf(moved.Read()), PacketKind::kStun);
  moved.socket.send(asio::buffer(client_->Rtp(1)));
  Send(client_->Rtp(2));  // late, by the way of before
  time_.Run();
  EXPECT_EQ(rtp_.size(), 2U);
  transport_->SendRtcp(Report(2));
  EXPECT_TRUE(home_.Read().empty());
  client_->Take(moved.Read());
  EXPECT_EQ(client_->rtcp.size(), 1U);
  EXPECT_EQ(transport_->stats(Clock::now()).pairs.size(), 2U);
}

TEST_F(TransportTest, ClosesTheSocketThatWasSilentLongestWhenThereAreTooMany) {
  Make();
  Connect();
  std::vector<std::unique_ptr<Address>> more;
  for (std::size_t i = 0; i < ice_lite::Agent::kMaxPairs; ++i) {
    time_.Pass(10ms);
    more.push_back(std::make_unique<Address>(io_));
    transport_->AddPeer(more.back()->TakePeer(RequestWith(kOurs, 0)));
    time_.Run();
  }
  EXPECT_EQ(transport_->stats(Clock::now()).pairs.size(), ice_lite::Agent::kMaxPairs);
  Send(client_->Rtp(1));  // the selected one has stayed
  more.front()->socket.send(asio::buffer(client_->Rtp(2)));
  more.back()->socket.send(asio::buffer(client_->Rtp(3)));
  time_.Run();
  EXPECT_EQ(rtp_, (std::vector<Bytes>{RtpPacket(1), RtpPacket(3)}));
}

TEST_F(TransportTest, GoesOnThroughAnIceRestart) {
  Make();
  Connect();
  ASSERT_TRUE(transport_->RestartIce(kRestarted, "theirs").has_value());
  Send(RequestWith(kOurs));
  Send(client_->Rtp(1));
  time_.Run();
  EXPECT_EQ(restarts_, 0);
  Send(RequestWith(kRestarted));
  Send(client_->Rtp(2));
  time_.Run();
  EXPECT_EQ(restarts_, 1);
  EXPECT_EQ(connected_, 1);
  EXPECT_EQ(rtp_.size(), 2U);
  EXPECT_EQ(transport_->stats(Clock::now()).ice_restarts, 1U);
  EXPECT_FALSE(transport_->RestartIce({.ufrag = "a", .password = "b"}, "").has_value());
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

TEST_F(TransportTest, CarriesMediaOverTcp) {
  Make();
  tcp::acceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
  tcp::socket socket(io_);
  socket.connect(acceptor.local_endpoint());
  tcp::socket accepted = acceptor.accept();
  socket.non_blocking(true);
  const auto send = [&](const Bytes& packet) {
    Bytes frame;
    ice_lite::AppendTcpFrame(packet, frame);
    asio::write(socket, asio::buffer(frame));
  };
  Bytes received;
  ice_lite::AppendTcpFrame(RequestWith(kOurs), received);
  transport_->AddPeer({.socket = UniqueFd(accepted.release()), .tcp = true, .received = received});

  ice_lite::TcpFrameReader frames;
  for (int round = 0; round < 100 && !client_->has_keys(); ++round) {
    time_.Run();
    Bytes bytes(16 * 1024);
    boost::system::error_code none;
    bytes.resize(socket.read_some(asio::buffer(bytes), none));
    frames.Receive(bytes);
    for (auto packet = frames.Next(); packet && *packet; packet = frames.Next()) {
      client_->Take(**packet);
    }
    for (const Bytes& datagram : client_->TakeDtls()) send(datagram);
  }
  ASSERT_TRUE(client_->has_keys());
  send(client_->Rtp(1));
  time_.Run();
  EXPECT_EQ(rtp_, (std::vector<Bytes>{RtpPacket(1)}));
  EXPECT_TRUE(transport_->stats(Clock::now()).pairs.at(0).tcp);

  socket.close();
  time_.Run();
  EXPECT_TRUE(transport_->stats(Clock::now()).pairs.empty());
  EXPECT_TRUE(ends_.empty());  // another connection may come
}

}  // namespace
}  // namespace ingress::whip_transport
