#include "livekit/ice_servers.h"

#include <gtest/gtest.h>

namespace ingress::livekit {
namespace {

using boost::asio::ip::make_address;

::livekit::JoinResponse JoinWithServers() {
  ::livekit::JoinResponse join;
  join.add_ice_servers()->add_urls("stun:stun.example.com:3478");
  auto& turn = *join.add_ice_servers();
  turn.add_urls("turn:192.0.2.1:3478?transport=udp");
  turn.add_urls("ftp:nonsense");
  turn.set_username("user");
  turn.set_credential("secret");
  return join;
}

TEST(IceServersTest, TakesServersWithTheirCredentials) {
  const auto join = JoinWithServers();
  const auto options =
      IceOptionsFor(join.ice_servers(), join.client_configuration(), make_address("198.51.100.1"));
  ASSERT_EQ(options.servers.size(), 2U);
  EXPECT_EQ(options.servers[0].kind, rtc::IceServer::Kind::kStun);
  EXPECT_EQ(options.servers[1].username, "user");
  EXPECT_EQ(options.servers[1].credential, "secret");
  EXPECT_FALSE(options.loopback);
  EXPECT_FALSE(options.relay_only);
}

TEST(IceServersTest, AsksNoStunServerAboutANeighbour) {
  const auto join = JoinWithServers();
  for (const char* nearby : {"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "fd00::1"}) {
    const auto options =
        IceOptionsFor(join.ice_servers(), join.client_configuration(), make_address(nearby));
    ASSERT_EQ(options.servers.size(), 1U) << nearby;
    EXPECT_EQ(options.servers[0].kind, rtc::IceServer::Kind::kTurnUdp);
  }
  EXPECT_FALSE(IsNearby(make_address("172.32.0.1")));
  EXPECT_FALSE(IsNearby(make_address("2001:db8::1")));
}

TEST(IceServersTest, HonoursForcedRelayAndLoopback) {
  auto join = JoinWithServers();
  join.mutable_client_configuration()->set_force_relay(::livekit::ENABLED);
  const auto options =
      IceOptionsFor(join.ice_servers(), join.client_configuration(), make_address("127.0.0.1"));
  EXPECT_TRUE(options.relay_only);
  EXPECT_TRUE(options.loopback);
}

}  // namespace
}  // namespace ingress::livekit
