#include "livekit/signal_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::livekit {
namespace {

using ::testing::StartsWith;

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

TEST(SignalTargetTest, NamesClientAndPath) {
  const ServerAddress server{.tls = false, .host = "h", .port = 80, .path = "/p"};
  EXPECT_EQ(SignalTarget(server, {}, SignalEndpoint::kConnect),
            "/p/rtc?protocol=17&sdk=cpp&version=0.1.0&os=linux&auto_subscribe=0");
  EXPECT_THAT(SignalTarget(server, {}, SignalEndpoint::kValidate), StartsWith("/p/rtc/validate?"));
}

TEST(SignalTargetTest, ResumesByParticipantSid) {
  const ServerAddress server{.host = "h", .path = ""};
  EXPECT_EQ(
      SignalTarget(server, {.join_request = "", .participant_sid = "PA_x", .reconnect_reason = 2},
                   SignalEndpoint::kConnect),
      "/rtc?protocol=17&sdk=cpp&version=0.1.0&os=linux&auto_subscribe=0"
      "&reconnect=1&sid=PA_x&reconnect_reason=2");
}

TEST(SignalTargetTest, WrapsTheJoinRequestForSinglePeerConnectionMode) {
  const ServerAddress server{.host = "h", .path = ""};
  // WrappedJoinRequest{join_request: "ab"}: field 2, length 2; base64url with escaped padding.
  EXPECT_EQ(
      SignalTarget(server, {.join_request = "ab", .participant_sid = ""}, SignalEndpoint::kConnect),
      "/rtc/v1?protocol=17&sdk=cpp&version=0.1.0&os=linux&auto_subscribe=0"
      "&join_request=EgJhYg%3D%3D");
}

}  // namespace
}  // namespace ingress::livekit
