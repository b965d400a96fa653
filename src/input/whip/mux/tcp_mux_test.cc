#include "input/whip/mux/tcp_mux.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "ice_lite/tcp_framing.h"
#include "net/listen.h"
#include "support/binding_request.h"
#include "support/given_time.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

const sdp::IceCredentials kOurs{.ufrag = "ours", .password = "0123456789012345678901"};

Bytes Framed(const Bytes& packet) {
  Bytes frame;
  ice_lite::AppendTcpFrame(packet, frame);
  return frame;
}

Bytes Request(const std::string& password = kOurs.password) {
  return Serialize(test::BindingRequest{.username = "ours:theirs", .password = password});
}

class TcpMuxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto acceptor = net::ListenOn(io_.get_executor(), "127.0.0.1", 0);
    ASSERT_TRUE(acceptor.has_value());
    mux_.Add(std::move(*acceptor));
    mux_.Start();
    ASSERT_TRUE(registry_.Add(7, kOurs, "theirs").has_value());
  }

  void TearDown() override {
    asio::co_spawn(io_, mux_.Stop(), asio::detached);
    time_.Run();
  }

  tcp::socket Connect() {
    tcp::socket client(io_);
    client.connect(mux_.addresses().front());
    time_.Run();
    return client;
  }

  void Send(tcp::socket& client, const Bytes& bytes) {
    asio::write(client, asio::buffer(bytes));
    time_.Run();
  }

  static bool IsClosed(tcp::socket& client) {
    client.non_blocking(true);
    std::array<char, 8> bytes{};
    boost::system::error_code error;
    const std::size_t size = client.read_some(asio::buffer(bytes), error);
    EXPECT_EQ(size, 0U);
    return error != asio::error::would_block;
  }

  asio::io_context io_;
  testing::GivenTime time_{io_};
  ice_lite::Registry registry_;
  std::vector<MuxPeer> peers_;
  TcpMux mux_{io_.get_executor(), registry_,
              [this](MuxPeer peer) { peers_.push_back(std::move(peer)); }};
};

TEST_F(TcpMuxTest, HandsAConnectionOverWithWhatItHasSaid) {
  tcp::socket client = Connect();
  Bytes bytes = Framed(Request());
  const Bytes more = Framed({22, 254, 253});
  bytes.insert(bytes.end(), more.begin(), more.end());
  Send(client, Bytes(bytes.begin(), bytes.begin() + 30));
  EXPECT_TRUE(peers_.empty());
  Send(client, Bytes(bytes.begin() + 30, bytes.end()));
  ASSERT_EQ(peers_.size(), 1U);
  EXPECT_EQ(peers_[0].session, 7U);
  EXPECT_TRUE(peers_[0].tcp);
  EXPECT_EQ(peers_[0].received, bytes);
  EXPECT_EQ(peers_[0].address, "127.0.0.1:" + std::to_string(client.local_endpoint().port()));
  ASSERT_EQ(send(peers_[0].socket.get(), "a", 1, 0), 1);
  char answer = 0;
  EXPECT_EQ(client.read_some(asio::buffer(&answer, 1)), 1U);
  EXPECT_EQ(answer, 'a');
  EXPECT_EQ(mux_.strangers(), 0U);
  EXPECT_EQ(mux_.peers(), 1U);
}

TEST_F(TcpMuxTest, ClosesStrangersWithoutAWord) {
  for (const Bytes& bytes : {Framed(Request("1123456789012345678901")), Framed({22, 254, 253}),
                             Bytes{0xff, 0xff}, Bytes{'G', 'E', 'T', ' '}}) {
    tcp::socket client = Connect();
    Send(client, bytes);
    EXPECT_TRUE(IsClosed(client));
  }
  EXPECT_TRUE(peers_.empty());
  EXPECT_EQ(mux_.refused(), 4U);
}

TEST_F(TcpMuxTest, ClosesWhoSaysNothingInTime) {
  tcp::socket client = Connect();
  Send(client, {0, 100, 0, 1});
  time_.Pass(4900ms);
  EXPECT_FALSE(IsClosed(client));
  time_.Pass(200ms);
  EXPECT_TRUE(IsClosed(client));
  EXPECT_EQ(mux_.strangers(), 0U);
}

TEST_F(TcpMuxTest, GivesUpTheOldestOfTooManyStrangers) {
  std::vector<tcp::socket> clients;
  for (std::size_t i = 0; i < TcpMux::kMaxStrangers; ++i) clients.push_back(Connect());
  EXPECT_EQ(mux_.strangers(), TcpMux::kMaxStrangers);
  EXPECT_FALSE(IsClosed(clients.front()));
  clients.push_back(Connect());
  EXPECT_TRUE(IsClosed(clients.front()));
  EXPECT_EQ(mux_.strangers(), TcpMux::kMaxStrangers);
  Send(clients.back(), Framed(Request()));
  EXPECT_EQ(peers_.size(), 1U);
}

}  // namespace
}  // namespace ingress::input
