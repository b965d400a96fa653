#include "input/whip/remote_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "input/whip/testing/endpoint_fixture.h"

namespace ingress::input {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A second node of the cluster, which has no session of its own.
class RemoteSessionsTest : public WhipEndpointTest {
 protected:
  net::HttpResponse PatchThere(std::string_view fragment, std::string if_match) {
    return AskAt(
        other_, "PATCH", location_, std::string(fragment),
        {{"content-type", "application/trickle-ice-sdpfrag"}, {"if-match", std::move(if_match)}});
  }

  FakePorts other_ports_;
  WhipEndpoint other_{node_, other_ports_};
};

TEST_F(RemoteSessionsTest, AreDeletedThroughAnyNode) {
  Publish();
  const auto deleted = AskAt(other_, "DELETE", location_);
  EXPECT_EQ(deleted.status, 200U);
  EXPECT_EQ(starter_.session.end->cause, PublishEnd::Cause::kUnpublished);
  EXPECT_THAT(ports_.admitted, IsEmpty());
  EXPECT_EQ(CodeOf(AskAt(other_, "DELETE", location_)), "session_not_found");
}

TEST_F(RemoteSessionsTest, AreRestartedThroughAnyNode) {
  Publish();
  const auto restarted = PatchThere(kRestart, "*");
  EXPECT_EQ(restarted.status, 200U);
  EXPECT_EQ(restarted.content_type, "application/trickle-ice-sdpfrag");
  EXPECT_THAT(restarted.body, HasSubstr("a=ice-ufrag:"));
  const std::string tag = HeaderOf(restarted, "ETag");
  EXPECT_NE(tag, tag_);
  EXPECT_EQ(starter_.session.orders.back().restart_ice().remote_ufrag(), "efgh");
  const auto trickled =
      Ask("PATCH", location_, "m=audio 9 RTP/AVP 0\r\na=mid:0\r\n",
          {{"content-type", "application/trickle-ice-sdpfrag"}, {"if-match", tag}});
  EXPECT_EQ(trickled.status, 204U) << trickled.body;
}

TEST_F(RemoteSessionsTest, RefuseAsTheyDoAtTheirOwnNode) {
  Publish();
  EXPECT_EQ(PatchThere(kTrickle, tag_).status, 204U);
  EXPECT_EQ(PatchThere(kTrickle, "\"old\"").status, 412U);
  EXPECT_EQ(PatchThere("a=ice-ufrag:efgh\r\n", tag_).status, 400U);
  EXPECT_EQ(CodeOf(PatchThere(kTrickle, "")), "if_match_missing");
  EXPECT_EQ(AskAt(other_, "PATCH", location_, "", {{"content-type", "text/plain"}}).status, 415U);
  EXPECT_EQ(AskAt(other_, "GET", location_).status, 404U);
  EXPECT_FALSE(starter_.session.end.has_value());
}

TEST_F(RemoteSessionsTest, AskForTheSecretThereToo) {
  Publish();
  const std::string id = location_.substr(location_.rfind('/'));
  EXPECT_EQ(AskAt(other_, "DELETE", "/w/aaaaaaaaaaaaaaaaaaaaaaaa" + id).status, 404U);
  EXPECT_EQ(AskAt(other_, "DELETE", "/w/key-1" + id).status, 404U);
  EXPECT_FALSE(starter_.session.end.has_value());
}

TEST_F(RemoteSessionsTest, AreNotSearchedForByWhoGuesses) {
  config_.limits.wrong_keys_per_minute = 5;
  Publish();
  unsigned last = 0;
  for (int i = 0; i < 20; ++i) last = AskAt(other_, "DELETE", "/w/2/WH_1").status;
  EXPECT_EQ(last, 429U);
}

}  // namespace
}  // namespace ingress::input
