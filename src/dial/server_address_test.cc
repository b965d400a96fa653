#include "dial/server_address.h"

#include <gtest/gtest.h>

namespace ingress::dial {
namespace {

TEST(ParseServerUrlTest, KnowsSchemesPortsAndPrefixes) {
  struct {
    const char* url;
    bool tls;
    const char* host;
    std::uint16_t port;
    const char* path;
    const char* authority;
  } const cases[] = {
      {"ws://127.0.0.1:7880", false, "127.0.0.1", 7880, "", "127.0.0.1:7880"},
      {"wss://demo.livekit.cloud", true, "demo.livekit.cloud", 443, "", "demo.livekit.cloud"},
      {"http://host/", false, "host", 80, "", "host"},
      {"https://host:443/base/", true, "host", 443, "/base", "host"},
      {"ws://[::1]:7880", false, "::1", 7880, "", "[::1]:7880"},
  };
  for (const auto& expected : cases) {
    const auto server = ParseServerUrl(expected.url);
    ASSERT_TRUE(server.has_value()) << expected.url;
    EXPECT_EQ(server->tls, expected.tls) << expected.url;
    EXPECT_EQ(server->host, expected.host) << expected.url;
    EXPECT_EQ(server->port, expected.port) << expected.url;
    EXPECT_EQ(server->path, expected.path) << expected.url;
    EXPECT_EQ(server->authority(), expected.authority) << expected.url;
  }
}

TEST(ParseServerUrlTest, RejectsWhatIsNoServer) {
  for (const char* url : {"", "host:7880", "ftp://host", "ws://", "ws://host:99999", "ws://a b"}) {
    EXPECT_FALSE(ParseServerUrl(url).has_value()) << url;
  }
  EXPECT_EQ(ParseServerUrl("ws://" + std::string(kMaxServerUrl, 'a')).error().code,
            ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::dial
