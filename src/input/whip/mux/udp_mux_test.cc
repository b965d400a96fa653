#include "input/whip/mux/udp_mux.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "support/binding_request.h"
#include "support/descriptors_spent.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using namespace std::chrono_literals;

const udp::endpoint kAnyPort{asio::ip::address_v4::loopback(), 0};

sdp::IceCredentials CredentialsOf(ice_lite::Registry::SessionId session) {
  return {.ufrag = "session" + std::to_string(session), .password = "0123456789012345678901"};
}

/// What a socket has to say without waiting; empty when there is nothing.
Bytes Read(int socket) {
  Bytes datagram(2048);
  const ssize_t size = recv(socket, datagram.data(), datagram.size(), MSG_DONTWAIT);
  datagram.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return datagram;
}

class UdpMuxTest : public testing::Test {
 protected:
  void SetUp() override { Listen(kAnyPort); }

  void Listen(const udp::endpoint& local) {
    ASSERT_TRUE(mux_.Listen(local).has_value());
    mux_.Start();
  }

  void TearDown() override {
    bool stopped = false;
    asio::co_spawn(io_, mux_.Stop(), [&](const std::exception_ptr&) { stopped = true; });
    RunUntil([&] { return stopped; });
  }

  template <typename Done>
  void RunUntil(Done done) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    io_.restart();
    while (!done() && std::chrono::steady_clock::now() < limit) io_.run_one_for(10ms);
    EXPECT_TRUE(done());
  }

  /// Everything that is there by now is looked at.
  void RunAll() {
    io_.restart();
    io_.poll();
  }

  void AddSession(ice_lite::Registry::SessionId session) {
    ASSERT_TRUE(registry_.Add(session, CredentialsOf(session), "peer").has_value());
  }

  Bytes RequestOf(ice_lite::Registry::SessionId session) {
    const sdp::IceCredentials credentials = CredentialsOf(session);
    return Serialize(test::BindingRequest{.username = credentials.ufrag + ":peer",
                                          .password = credentials.password});
  }

  udp::endpoint address() const { return mux_.addresses().front(); }
  udp::socket Client() { return udp::socket(io_, kAnyPort); }

  asio::io_context io_;
  ice_lite::Registry registry_;
  std::vector<MuxPeer> peers_;
  std::vector<Error> failures_;
  UdpMux mux_{io_.get_executor(),
              registry_,
              {.on_peer = [this](MuxPeer peer) { peers_.push_back(std::move(peer)); },
               .on_failure = [this](Error error) { failures_.push_back(std::move(error)); }}};
};

TEST_F(UdpMuxTest, GivesAClientASocketOfItsOwn) {
  AddSession(1);
  auto client = Client();
  const Bytes request = RequestOf(1);
  client.send_to(asio::buffer(request), address());
  RunUntil([&] { return !peers_.empty(); });
  ASSERT_EQ(peers_.size(), 1U);
  EXPECT_EQ(peers_[0].session, 1U);
  EXPECT_EQ(peers_[0].received, request);
  EXPECT_FALSE(peers_[0].tcp);
  EXPECT_EQ(peers_[0].address, "127.0.0.1:" + std::to_string(client.local_endpoint().port()));

  client.send_to(asio::buffer("media", 5), address());
  EXPECT_EQ(Read(peers_[0].socket.get()), (Bytes{'m', 'e', 'd', 'i', 'a'}));
  ASSERT_EQ(send(peers_[0].socket.get(), "answer", 6, 0), 6);
  Bytes answer(100);
  udp::endpoint from;
  answer.resize(client.receive_from(asio::buffer(answer), from));
  EXPECT_EQ(AsText(answer), "answer");
  EXPECT_EQ(from, address());
}

TEST_F(UdpMuxTest, StampsWhatTheSocketGets) {
  AddSession(1);
  auto client = Client();
  client.send_to(asio::buffer(RequestOf(1)), address());
  RunUntil([&] { return !peers_.empty(); });
  client.send_to(asio::buffer("media", 5), address());
  auto batch = std::make_unique<net::DatagramBatch>();
  ASSERT_EQ(batch->Receive(peers_.at(0).socket.get()), 1U);
  EXPECT_TRUE(batch->at(0).stamp.has_value());
}

TEST_F(UdpMuxTest, SaysNothingToStrangers) {
  AddSession(1);
  auto stranger = Client();
  const sdp::IceCredentials known = CredentialsOf(1);
  Bytes forged = Serialize(test::BindingRequest{.username = known.ufrag + ":peer",
                                                .password = "1123456789012345678901"});
  for (const Bytes& datagram : {forged, RequestOf(2), Bytes{22, 254, 253}, Bytes{0x80, 96}}) {
    stranger.send_to(asio::buffer(datagram), address());
  }
  RunUntil([&] { return registry_.refused(ice_lite::Registry::Refusal::kNoStun) == 2; });
  EXPECT_TRUE(peers_.empty());
  EXPECT_EQ(stranger.available(), 0U);
  EXPECT_EQ(registry_.refused(ice_lite::Registry::Refusal::kWrongPassword), 1U);
  EXPECT_EQ(registry_.refused(ice_lite::Registry::Refusal::kUnknownUfrag), 1U);
}

TEST_F(UdpMuxTest, GivesOneSocketForRequestsThatCameTogether) {
  AddSession(1);
  auto client = Client();
  for (int i = 0; i < 5; ++i) client.send_to(asio::buffer(RequestOf(1)), address());
  RunUntil([&] { return mux_.throttled() == 4; });
  EXPECT_EQ(peers_.size(), 1U);
  EXPECT_EQ(mux_.peers(), 1U);
}

// The kernel decides whose a datagram is; a mistake would show clients' media to each other.
TEST_F(UdpMuxTest, KeepsFiftyClientsApartWhileSomeComeAndGo) {
  constexpr ice_lite::Registry::SessionId kClients = 50;
  std::vector<udp::socket> clients;
  for (ice_lite::Registry::SessionId session = 0; session < kClients; ++session) {
    AddSession(session);
    clients.push_back(Client());
    clients.back().send_to(asio::buffer(RequestOf(session)), address());
    // Those that have a socket already send media all the while.
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i].send_to(asio::buffer(Bytes{0x80, static_cast<std::uint8_t>(i)}), address());
    }
    RunUntil([&] { return peers_.size() == session + 1; });
    if (session == kClients / 2) {
      for (std::size_t gone = 0; gone < 10; ++gone) peers_.at(gone).socket.Reset();
    }
  }
  RunAll();
  EXPECT_TRUE(failures_.empty());
  for (ice_lite::Registry::SessionId session = 10; session < kClients; ++session) {
    ASSERT_EQ(peers_.at(session).session, session);
    int packets = 0;
    for (Bytes media = Read(peers_.at(session).socket.get()); !media.empty();
         media = Read(peers_.at(session).socket.get())) {
      EXPECT_EQ(media, (Bytes{0x80, static_cast<std::uint8_t>(session)}));
      ++packets;
    }
    // One may have come to the shared socket, before it was connected.
    EXPECT_GE(packets, static_cast<int>(kClients - session) - 1) << session;
  }
}

TEST_F(UdpMuxTest, MeetsAClientAgainThatHasANewAddress) {
  AddSession(1);
  auto before = Client();
  before.send_to(asio::buffer(RequestOf(1)), address());
  auto after = Client();
  after.send_to(asio::buffer(RequestOf(1)), address());
  RunUntil([&] { return peers_.size() == 2; });
  after.send_to(asio::buffer("media", 5), address());
  EXPECT_TRUE(Read(peers_.at(0).socket.get()).empty());
  EXPECT_EQ(Read(peers_.at(1).socket.get()).size(), 5U);
}

TEST_F(UdpMuxTest, TellsWhereTheSystemHasNoSocketToGive) {
  if (!test::DescriptorsSpent::kWorks) GTEST_SKIP() << "UBSan needs descriptors";
  AddSession(1);
  auto client = Client();
  {
    const test::DescriptorsSpent spent;
    client.send_to(asio::buffer(RequestOf(1)), address());
    RunUntil([&] { return !failures_.empty(); });
  }
  EXPECT_TRUE(peers_.empty());
  EXPECT_EQ(failures_.front().code, ErrorCode::kUnavailable);
}

TEST_F(UdpMuxTest, TellsThatAPortIsTaken) {
  const auto again = UdpPort::Open(address());
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kUnavailable);
}

TEST_F(UdpMuxTest, MeetsClientsOfBothFamiliesAtTheUnspecifiedAddress) {
  const auto opened = UdpPort::Open({udp::v6(), 0});
  if (!opened) GTEST_SKIP() << "no IPv6 here: " << opened.error().context;
  const std::uint16_t port = opened->local().port();
  for (const udp::endpoint& local :
       {kAnyPort, udp::endpoint(asio::ip::address_v6::loopback(), 0)}) {
    udp::socket client(io_, local);
    client.send_to(asio::buffer("a", 1), {local.address(), port});
    auto batch = std::make_unique<net::DatagramBatch>();
    ASSERT_EQ(batch->Receive(opened->fd()), 1U);
    const auto socket = opened->ConnectTo(batch->remote(0));
    ASSERT_TRUE(socket.has_value()) << socket.error().context;
    client.send_to(asio::buffer("bc", 2), {local.address(), port});
    EXPECT_EQ(Read(socket->get()).size(), 2U);
    ASSERT_EQ(send(socket->get(), "d", 1, 0), 1);
    udp::endpoint from;
    std::array<char, 8> answer{};
    EXPECT_EQ(client.receive_from(asio::buffer(answer), from), 1U);
    EXPECT_EQ(from, udp::endpoint(local.address(), port));
  }
}

}  // namespace
}  // namespace ingress::input
