#include "livekit/signal_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "version/version.h"

namespace ingress::livekit {
namespace {

using ::testing::StartsWith;

std::string Client() {
  return "protocol=17&sdk=cpp&version=" + std::string(Version()) + "&os=linux&auto_subscribe=0";
}

TEST(SignalTargetTest, NamesClientAndPath) {
  const ServerAddress server{.tls = false, .host = "h", .port = 80, .path = "/p"};
  EXPECT_EQ(SignalTarget(server, {}, SignalEndpoint::kConnect), "/p/rtc?" + Client());
  EXPECT_THAT(SignalTarget(server, {}, SignalEndpoint::kValidate), StartsWith("/p/rtc/validate?"));
}

TEST(SignalTargetTest, ResumesByParticipantSid) {
  const ServerAddress server{.host = "h", .path = ""};
  EXPECT_EQ(
      SignalTarget(server, {.join_request = "", .participant_sid = "PA_x", .reconnect_reason = 2},
                   SignalEndpoint::kConnect),
      "/rtc?" + Client() + "&reconnect=1&sid=PA_x&reconnect_reason=2");
}

TEST(SignalTargetTest, WrapsTheJoinRequestForSinglePeerConnectionMode) {
  const ServerAddress server{.host = "h", .path = ""};
  // WrappedJoinRequest{join_request: "ab"}: field 2, length 2; base64url with escaped padding.
  EXPECT_EQ(
      SignalTarget(server, {.join_request = "ab", .participant_sid = ""}, SignalEndpoint::kConnect),
      "/rtc/v1?" + Client() + "&join_request=EgJhYg%3D%3D");
}

}  // namespace
}  // namespace ingress::livekit
