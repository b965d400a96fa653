#include "rtc/ice_server.h"

#include <gtest/gtest.h>

namespace ingress::rtc {
namespace {

using Kind = IceServer::Kind;

struct Good {
  const char* url;
  Kind kind;
  const char* host;
  std::uint16_t port;
};

TEST(ParseIceServerUrlTest, ReadsEveryFormTheSfuHandsOut) {
  const Good cases[] = {
      {"stun:stun.l.example.com:19302", Kind::kStun, "stun.l.example.com", 19302},
      {"stun:192.0.2.1", Kind::kStun, "192.0.2.1", 3478},
      {"turn:192.0.2.1:3478?transport=udp", Kind::kTurnUdp, "192.0.2.1", 3478},
      {"turn:host", Kind::kTurnUdp, "host", 3478},
      {"turn:host:443?transport=tcp", Kind::kTurnTcp, "host", 443},
      {"turns:turn.example.com:443?transport=tcp", Kind::kTurnTls, "turn.example.com", 443},
      {"turns:turn.example.com", Kind::kTurnTls, "turn.example.com", 5349},
      {"stun:[2001:db8::1]:3479", Kind::kStun, "2001:db8::1", 3479},
      {"stun:[2001:db8::1]", Kind::kStun, "2001:db8::1", 3478},
  };
  for (const Good& good : cases) {
    const auto server = ParseIceServerUrl(good.url);
    ASSERT_TRUE(server.has_value()) << good.url;
    EXPECT_EQ(server->kind, good.kind) << good.url;
    EXPECT_EQ(server->host, good.host) << good.url;
    EXPECT_EQ(server->port, good.port) << good.url;
  }
}

TEST(ParseIceServerUrlTest, RejectsWhatIsNoServer) {
  for (const char* url : {"", "stun:", "stun::3478", "stun:host:0", "stun:host:65536",
                          "stun:host:12x", "stun:[::1", "stun:[::1]3478"}) {
    EXPECT_FALSE(ParseIceServerUrl(url).has_value()) << url;
  }
}

TEST(ParseIceServerUrlTest, NamesWhatItDoesNotSupport) {
  for (const char* url : {"http://host", "turns:host?transport=udp", "turn:host?transport=sctp"}) {
    const auto server = ParseIceServerUrl(url);
    ASSERT_FALSE(server.has_value()) << url;
    EXPECT_EQ(server.error().code, ErrorCode::kUnsupported) << url;
  }
}

TEST(ParseIceServerUrlTest, RefusesEndlessUrls) {
  const auto server = ParseIceServerUrl("stun:" + std::string(kMaxIceServerUrl, 'a'));
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::rtc
