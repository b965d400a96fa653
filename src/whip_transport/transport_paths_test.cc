// The addresses of a client: which is used, which is given up, ICE restarts, and TCP.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "ice_lite/tcp_framing.h"
#include "whip_transport/testing/transport_fixture.h"

namespace ingress::whip_transport {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

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
