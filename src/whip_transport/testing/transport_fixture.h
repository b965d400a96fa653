#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/byte_writer.h"
#include "support/binding_request.h"
#include "support/given_time.h"
#include "support/libsrtp_session.h"
#include "whip_transport/packet_kind.h"
#include "whip_transport/transport.h"

namespace ingress::whip_transport {

inline const sdp::IceCredentials kOurs{.ufrag = "ours", .password = "0123456789012345678901"};
inline const sdp::IceCredentials kRestarted{.ufrag = "next", .password = "1123456789012345678901"};

inline const rtc::Certificate& OurCertificate() {
  static const rtc::Certificate certificate = rtc::Certificate::Make().value();
  return certificate;
}

inline const rtc::Certificate& TheirCertificate() {
  static const rtc::Certificate certificate = rtc::Certificate::Make().value();
  return certificate;
}

inline sdp::Fingerprint FingerprintOf(const rtc::Certificate& certificate) {
  return {.algorithm = "sha-256",
          .digest = rtc::CertificateDigest(*certificate.x509(), "sha-256").value()};
}

inline Bytes RequestWith(const sdp::IceCredentials& ours, std::uint32_t priority = 1) {
  return Serialize(test::BindingRequest{
      .username = ours.ufrag + ":theirs", .password = ours.password, .priority = priority});
}

inline Bytes RtpPacket(std::uint16_t sequence) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU16(0x8060);  // V=2, PT 96
  writer.WriteU16(sequence);
  writer.WriteU32(3000);
  writer.WriteU32(1);  // SSRC
  writer.WriteBytes(Bytes(1000, 7));
  return packet;
}

inline Bytes Report(std::uint32_t ssrc) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU32(0x80c90001);  // V=2, RR without blocks
  writer.WriteU32(ssrc);
  return packet;
}

/// One of the client's addresses: its socket, and the other end of it for the transport.
struct Address {
  explicit Address(boost::asio::io_context& io)
      : socket(io, {boost::asio::ip::address_v4::loopback(), 0}),
        theirs(io, {boost::asio::ip::address_v4::loopback(), 0}) {
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
    datagram.resize(socket.receive(boost::asio::buffer(datagram), 0, none));
    return datagram;
  }

  boost::asio::ip::udp::socket socket;
  boost::asio::ip::udp::socket theirs;
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
    sender_.emplace(test::LibsrtpSession::Direction::kOutbound, keys.profile, keys.local);
    receiver_.emplace(test::LibsrtpSession::Direction::kInbound, keys.profile, keys.remote);
  }

  void TakeRtcp(Bytes packet) {
    ASSERT_TRUE(receiver_.has_value());
    ASSERT_TRUE(receiver_->UnprotectRtcp(packet));
    rtcp.push_back(std::move(packet));
  }

  std::unique_ptr<rtc::DtlsTransport> dtls_;
  std::optional<test::LibsrtpSession> sender_;
  std::optional<test::LibsrtpSession> receiver_;
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
    home_.socket.send(boost::asio::buffer(packet), 0, ignored);
  }

  boost::asio::io_context io_;
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

}  // namespace ingress::whip_transport
