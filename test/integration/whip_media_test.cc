// The way of a WHIP client's media, from the node's shared port to RTP in the handler: the mux, the
// socketpair with the client's socket, and the transport. The client is OpenSSL and libsrtp.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/byte_writer.h"
#include "input/whip/mux/udp_mux.h"
#include "ipc/channel.h"
#include "support/media_client.h"
#include "whip_transport/transport.h"

namespace ingress {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::MediaClient;
using whip_transport::End;
using whip_transport::Transport;

Bytes RtpPacket(std::uint16_t sequence, std::uint32_t ssrc = 1) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU16(0x8060);  // V=2, PT 96
  writer.WriteU16(sequence);
  writer.WriteU32(sequence * 3000U);
  writer.WriteU32(ssrc);
  writer.WriteBytes(Bytes(1000, static_cast<std::uint8_t>(sequence)));
  return packet;
}

Bytes Report(std::uint32_t ssrc) {
  Bytes packet;
  ByteWriter writer(packet);
  writer.WriteU32(0x80c90001);  // V=2, RR without blocks
  writer.WriteU32(ssrc);
  return packet;
}

/// One session: what the service and its handler have of it.
struct Session {
  Session(const asio::any_io_executor& executor, std::array<int, 2> pair)
      : service(executor, UniqueFd(pair[0])),
        handler(executor, UniqueFd(pair[1]), {.descriptors = true}) {}

  sdp::IceCredentials ice = ice_lite::NewCredentials();
  std::unique_ptr<MediaClient> client;
  ipc::ServiceChannel service;
  ipc::HandlerChannel handler;
  std::unique_ptr<Transport> transport;
  std::vector<Bytes> rtp;
  std::vector<Bytes> rtcp;
  std::vector<End> ends;
  std::string error;
  bool connected = false;
};

class WhipMediaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(mux_.Listen({asio::ip::address_v4::loopback(), 0}).has_value());
    mux_.Start();
  }

  void TearDown() override {
    bool stopped = false;
    for (const auto& session : sessions_) {
      session->service.Close();
      session->handler.Close();
    }
    asio::co_spawn(io_, mux_.Stop(), [&](const std::exception_ptr&) { stopped = true; });
    RunUntil([&] { return stopped; });
    sessions_.clear();
    io_.restart();
    io_.run_for(10ms);
  }

  template <typename Done>
  void RunUntil(Done done) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    io_.restart();
    while (!done() && std::chrono::steady_clock::now() < limit) io_.run_one_for(10ms);
    EXPECT_TRUE(done());
  }

  /// Runs the client's part in a thread of its own, beside the loop.
  void WithClient(const std::function<void()>& part) {
    std::atomic<bool> done = false;
    std::jthread thread([&] {
      part();
      done = true;
    });
    RunUntil([&] { return done.load(); });
  }

  /// `impostor`: another certificate is in its SDP than it shows.
  Session& AddSession(MediaClient::Options options = {}, bool impostor = false) {
    std::array<int, 2> pair{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    Session& session = *sessions_.emplace_back(std::make_unique<Session>(executor_, pair));
    EXPECT_TRUE(registry_.Add(sessions_.size() - 1, session.ice, "client").has_value());
    options.port = mux_.addresses().front().port();
    options.ice = session.ice;
    options.ufrag = "client";
    const auto role = options.role == MediaClient::Role::kDtlsClient ? rtc::DtlsRole::kServer
                                                                     : rtc::DtlsRole::kClient;
    session.client = std::make_unique<MediaClient>(options);
    sdp::Fingerprint fingerprint = session.client->fingerprint();
    if (impostor) fingerprint.digest.front() ^= 1;
    session.transport = MakeTransport(session, role, std::move(fingerprint));
    asio::co_spawn(executor_, ReceivePeers(session), asio::detached);
    return session;
  }

  std::unique_ptr<Transport> MakeTransport(Session& session, rtc::DtlsRole role,
                                           sdp::Fingerprint fingerprint) {
    auto made = Transport::Make(executor_, certificate_,
                                {.ice = session.ice,
                                 .remote_ufrag = "client",
                                 .fingerprint = std::move(fingerprint),
                                 .role = role},
                                {.on_rtp =
                                     [&session](ByteView packet, TimePoint) {
                                       session.rtp.emplace_back(packet.begin(), packet.end());
                                     },
                                 .on_rtcp =
                                     [&session](ByteView packet, TimePoint) {
                                       session.rtcp.emplace_back(packet.begin(), packet.end());
                                     },
                                 .on_batch = [] {},
                                 .on_connected = [&session] { session.connected = true; },
                                 .on_silent = [](bool) {},
                                 .on_ice_restarted = [] {},
                                 .on_ended =
                                     [&session](End end, const Error& error) {
                                       session.ends.push_back(end);
                                       session.error = error.context;
                                     }});
    EXPECT_TRUE(made.has_value()) << made.error().context;
    return std::move(*made);
  }

  /// The service's part: the socket goes to the handler. A message of any kind will do here.
  void HandOver(input::MuxPeer peer) {
    Session& session = *sessions_.at(peer.session);
    ipc::ToHandler message;
    message.mutable_stop()->set_reason(peer.address);
    asio::co_spawn(executor_,
                   session.service.Send(std::move(message), Share(std::move(peer.received)),
                                        std::move(peer.socket)),
                   asio::detached);
  }

  /// The handler's.
  static asio::awaitable<void> ReceivePeers(Session& session) {
    while (true) {
      auto received = co_await session.handler.ReceiveAll();
      if (!received) co_return;
      session.transport->AddPeer({.socket = std::move(received->descriptor),
                                  .tcp = false,
                                  .received = std::move(received->attachment)});
    }
  }

  void Connect(Session& session) {
    WithClient([&] {
      EXPECT_TRUE(session.client->CheckIce());
      EXPECT_TRUE(session.client->Handshake());
    });
    RunUntil([&] { return session.connected || !session.ends.empty(); });
  }

  asio::io_context io_;
  asio::any_io_executor executor_ = io_.get_executor();
  rtc::Certificate certificate_ = rtc::Certificate::Make().value();
  ice_lite::Registry registry_;
  std::vector<std::unique_ptr<Session>> sessions_;
  input::UdpMux mux_{executor_,
                     registry_,
                     {.on_peer = [this](input::MuxPeer peer) { HandOver(std::move(peer)); },
                      .on_failure = [](const Error& error) { ADD_FAILURE() << error.context; }}};
};

struct Variant {
  MediaClient::Role role;
  std::string profiles;
  srtp::Profile chosen;
};

class WhipMediaVariantTest : public WhipMediaTest, public ::testing::WithParamInterface<Variant> {};

TEST_P(WhipMediaVariantTest, CarriesMediaAndReports) {
  Session& session = AddSession({.role = GetParam().role, .profiles = GetParam().profiles});
  Connect(session);
  ASSERT_TRUE(session.connected);
  EXPECT_EQ(session.transport->stats(Clock::now()).profile, GetParam().chosen);
  std::vector<Bytes> sent;
  for (std::uint16_t i = 0; i < 100; ++i)
    sent.push_back(RtpPacket(static_cast<std::uint16_t>(65'500 + i)));
  WithClient([&] {
    for (const Bytes& packet : sent) session.client->SendRtp(packet);
    session.client->SendRtcp(Report(1));
  });
  RunUntil([&] { return session.rtp.size() == sent.size() && session.rtcp.size() == 1; });
  EXPECT_EQ(session.rtp, sent);
  EXPECT_EQ(session.rtcp.front(), Report(1));

  session.transport->SendRtcp(Report(2));
  Bytes report;
  WithClient([&] { report = session.client->ReceiveRtcp(); });
  EXPECT_EQ(report, Report(2));
  EXPECT_TRUE(session.transport->stats(Clock::now()).drops.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Variants, WhipMediaVariantTest,
    ::testing::Values(Variant{MediaClient::Role::kDtlsClient, "SRTP_AES128_CM_SHA1_80",
                              srtp::Profile::kAes128CmSha1_80},
                      Variant{MediaClient::Role::kDtlsClient,
                              "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM",
                              srtp::Profile::kAeadAes128Gcm},
                      Variant{MediaClient::Role::kDtlsServer, "SRTP_AES128_CM_SHA1_80",
                              srtp::Profile::kAes128CmSha1_80},
                      Variant{MediaClient::Role::kDtlsServer, "SRTP_AEAD_AES_128_GCM",
                              srtp::Profile::kAeadAes128Gcm}));

TEST_F(WhipMediaTest, RefusesAClientWithAnotherCertificateThanInItsSdp) {
  Session& session = AddSession({}, true);
  Connect(session);
  EXPECT_EQ(session.ends, (std::vector<End>{End::kRefused}));
  EXPECT_FALSE(session.connected);
}

TEST_F(WhipMediaTest, RefusesAClientWithoutASafeProfile) {
  Session& session = AddSession({.profiles = "SRTP_AES128_CM_SHA1_32"});
  WithClient([&] {
    EXPECT_TRUE(session.client->CheckIce());
    session.client->Handshake();
  });
  RunUntil([&] { return !session.ends.empty(); });
  EXPECT_EQ(session.ends, (std::vector<End>{End::kRefused}));
  EXPECT_NE(session.error.find("use_srtp"), std::string::npos) << session.error;
}

TEST_F(WhipMediaTest, SendsItsClientHelloAgainWhereItIsLost) {
  Session& session = AddSession({.role = MediaClient::Role::kDtlsServer});
  WithClient([&] {
    EXPECT_TRUE(session.client->CheckIce());
    EXPECT_TRUE(session.client->Lose(2));
    EXPECT_TRUE(session.client->Handshake());
  });
  RunUntil([&] { return session.connected; });
}

TEST_F(WhipMediaTest, HearsTheClientsGoodbye) {
  Session& session = AddSession();
  Connect(session);
  WithClient([&] { session.client->Close(); });
  RunUntil([&] { return !session.ends.empty(); });
  EXPECT_EQ(session.ends, (std::vector<End>{End::kClosedByPeer}));
}

TEST_F(WhipMediaTest, SaysGoodbye) {
  Session& session = AddSession();
  Connect(session);
  session.transport->Close();
  bool heard = false;
  WithClient([&] { heard = session.client->AwaitGoodbye(); });
  EXPECT_TRUE(heard);
}

// A NAT that forgets a client gives it another address, of which the client knows nothing.
TEST_F(WhipMediaTest, GoesOnFromTheClientsNextAddress) {
  Session& session = AddSession();
  Connect(session);
  WithClient([&] {
    session.client->SendRtp(RtpPacket(1));
    session.client->Move();
    EXPECT_TRUE(session.client->CheckIce());
    session.client->SendRtp(RtpPacket(2));
  });
  RunUntil([&] { return session.rtp.size() == 2; });
  EXPECT_EQ(session.transport->stats(Clock::now()).pairs.size(), 2U);
  EXPECT_EQ(mux_.peers(), 2U);
}

TEST_F(WhipMediaTest, CarriesSeveralClientsThroughOnePort) {
  constexpr int kClients = 5;
  for (int i = 0; i < kClients; ++i) AddSession();
  for (const auto& session : sessions_) Connect(*session);
  WithClient([&] {
    for (std::uint16_t sequence = 0; sequence < 50; ++sequence) {
      std::uint32_t ssrc = 0;
      for (const auto& session : sessions_) session->client->SendRtp(RtpPacket(sequence, ++ssrc));
    }
  });
  for (const auto& session : sessions_) {
    RunUntil([&] { return session->rtp.size() == 50; });
    EXPECT_TRUE(session->transport->stats(Clock::now()).drops.empty());
  }
  EXPECT_EQ(mux_.peers(), static_cast<std::uint64_t>(kClients));
}

}  // namespace
}  // namespace ingress
