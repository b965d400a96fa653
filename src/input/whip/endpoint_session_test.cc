// What becomes of a WHIP session after its POST: PATCH, DELETE, and its end from either side.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "input/whip/testing/endpoint_fixture.h"
#include "sdp/ice_fragment.h"

namespace ingress::input {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(WhipEndpointTest, DeletesASession) {  // §4.2; entity tags are ignored (§4.3.1)
  Publish();
  const auto deleted = Ask("DELETE", location_, "", {{"if-match", "\"stale\""}});
  EXPECT_EQ(deleted.status, 200U);
  EXPECT_EQ(deleted.body, "");
  EXPECT_EQ(starter_.session.end->cause, PublishEnd::Cause::kUnpublished);
  EXPECT_TRUE(starter_.session.orders.back().has_close());
  EXPECT_THAT(ports_.admitted, IsEmpty());
  EXPECT_EQ(Ask("DELETE", location_).status, 404U);
}

TEST_F(WhipEndpointTest, KnowsASessionByItsSecretAlone) {
  Publish();
  std::string wrong = location_;
  char& of_secret = wrong[wrong.rfind('/') - 1];
  of_secret = of_secret == 'x' ? 'y' : 'x';
  const auto refused = Ask("DELETE", wrong);
  EXPECT_EQ(refused.status, 404U);
  EXPECT_EQ(refused.body, Ask("DELETE", "/w/bbbbbbbbbbbbbbbbbbbbbbbb/WH_aaaaaaaaaaaa").body);
  EXPECT_FALSE(starter_.session.end.has_value());
  const auto other_key = Ask("DELETE", location_, "", {{"authorization", "Bearer key-2"}});
  EXPECT_EQ(other_key.status, 401U);
  EXPECT_EQ(Ask("DELETE", location_, "", {{"authorization", "Bearer key-1"}}).status, 200U);
}

TEST_F(WhipEndpointTest, HoldsThoseBackWhoGuessSessions) {
  config_.limits.wrong_keys_per_minute = 5;
  Publish();
  std::set<unsigned> last;
  for (int i = 0; i < 20; ++i) last = {Ask("DELETE", "/w/2/WH_1").status};
  EXPECT_THAT(last, ElementsAre(429U));
  EXPECT_EQ(Ask("DELETE", location_).status, 200U);  // who knows it is no stranger
}

TEST_F(WhipEndpointTest, TellsNoSecret) {
  Publish();
  EXPECT_THAT(location_, Not(HasSubstr("key-1")));
  std::set<std::string> locations;
  for (int i = 0; i < 200; ++i) {
    Publish();
    locations.insert(location_.substr(0, location_.rfind('/')));
  }
  EXPECT_THAT(locations, SizeIs(200));
}

TEST_F(WhipEndpointTest, TakesTrickledCandidates) {  // §4.3.2
  Publish();
  const auto answer = Patch(kTrickle, tag_);
  EXPECT_EQ(answer.status, 204U);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(HeaderOf(answer, "ETag"), "");
  EXPECT_THAT(ports_.admitted, SizeIs(1));
  EXPECT_EQ(Patch(kTrickle, "*").status, 204U);
}

TEST_F(WhipEndpointTest, ChecksThePreconditionsOfAPatch) {  // §4.3.1
  Publish();
  EXPECT_EQ(Patch(kTrickle, "").status, 428U);
  EXPECT_EQ(Patch(kTrickle, "\"old\"").status, 412U);
  EXPECT_EQ(Patch(kTrickle, "W/" + tag_).status, 412U);
  EXPECT_EQ(Patch(kTrickle, "\"old\", " + tag_).status, 204U);
  EXPECT_EQ(Ask("PATCH", location_, std::string(kTrickle),
                {{"content-type", "application/sdp"}, {"if-match", tag_}})
                .status,
            415U);
  EXPECT_EQ(Patch("garbage", tag_).status, 400U);
  EXPECT_EQ(Patch("a=ice-ufrag:efgh\r\n", tag_).status, 400U);
  EXPECT_EQ(Patch("m=audio 9 RTP/AVP 0\r\na=mid:7\r\n", tag_).status, 400U);
  EXPECT_EQ(Patch(std::string(sdp::kMaxFragmentSize + 1, 'a'), tag_).status, 413U);
}

TEST_F(WhipEndpointTest, RestartsIce) {  // §4.3.3
  Publish();
  const std::string before = Ufrags().front();
  const auto answer = Patch(kRestart, "\"*\"");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.content_type, "application/trickle-ice-sdpfrag");
  EXPECT_NE(HeaderOf(answer, "ETag"), tag_);
  EXPECT_THAT(answer.body, HasSubstr("a=ice-lite\r\na=ice-options:trickle\r\n"));
  const auto fragment = sdp::ParseIceFragment(answer.body);
  ASSERT_TRUE(fragment.has_value()) << fragment.error().context;
  EXPECT_THAT(fragment->candidates, SizeIs(1));

  // Those of before stay until the client uses the new ones.
  EXPECT_THAT(ports_.admitted, SizeIs(2));
  EXPECT_THAT(ports_.remote_ufrags, ElementsAre("abcd", "efgh"));
  const auto& order = starter_.session.orders.back().restart_ice();
  EXPECT_EQ(order.ufrag(), fragment->ice->ufrag);
  EXPECT_EQ(order.password(), fragment->ice->password);
  EXPECT_EQ(order.remote_ufrag(), "efgh");
  ipc::WhipEvent restarted;
  restarted.mutable_ice_restarted();
  Say(restarted);
  EXPECT_THAT(Ufrags(), ElementsAre(order.ufrag()));
  EXPECT_NE(before, order.ufrag());

  EXPECT_EQ(Patch(kTrickle, tag_).status, 412U);
  EXPECT_EQ(Patch(kRestart, HeaderOf(answer, "ETag")).status, 204U);  // the same credentials
}

TEST_F(WhipEndpointTest, KeepsFewCredentialsOfRestartsThatNeverBegin) {
  Publish();
  for (int i = 0; i < 10; ++i) {
    const std::string ufrag = "a=ice-ufrag:efg" + std::to_string(i);
    EXPECT_EQ(Patch(ufrag + "\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n", "*").status, 200U);
  }
  EXPECT_THAT(ports_.admitted, SizeIs(3));
}

TEST_F(WhipEndpointTest, HoldsAFloodOfPatchesBack) {
  Publish();
  unsigned last = 0;
  for (int i = 0; i < 100; ++i) last = Patch(kTrickle, tag_).status;
  EXPECT_EQ(last, 429U);
}

TEST_F(WhipEndpointTest, EndsWithTheHandlersWord) {
  for (const auto& [cause, end] :
       {std::pair(ipc::WhipEnded::CLOSED_BY_PEER, PublishEnd::Cause::kUnpublished),
        std::pair(ipc::WhipEnded::NOT_CONNECTED, PublishEnd::Cause::kNeverCame),
        std::pair(ipc::WhipEnded::SILENT, PublishEnd::Cause::kTimedOut),
        std::pair(ipc::WhipEnded::REFUSED, PublishEnd::Cause::kProtocolError)}) {
    Publish();
    ipc::WhipEvent event;
    event.mutable_ended()->set_cause(cause);
    Say(event);
    EXPECT_EQ(starter_.session.end->cause, end);
    EXPECT_EQ(Ask("DELETE", location_).status, 404U);
    EXPECT_THAT(ports_.admitted, IsEmpty());
  }
  EXPECT_EQ(endpoint_.sessions(), 0U);
}

TEST_F(WhipEndpointTest, IsClosedByItsSession) {
  Publish();
  starter_.link.close(Failure(FailureCode::kIngressDeleted));
  EXPECT_TRUE(starter_.session.orders.back().has_close());  // the client sees the end at once
  EXPECT_FALSE(starter_.session.end.has_value());
  EXPECT_EQ(Ask("DELETE", location_).status, 404U);
  EXPECT_THAT(ports_.admitted, IsEmpty());
}

TEST_F(WhipEndpointTest, RefusesAPublishThatHasLostItsSessionAlready) {
  starter_.closes_at_once = true;
  EXPECT_EQ(Post().status, 409U);
  EXPECT_EQ(endpoint_.sessions(), 0U);
}

TEST_F(WhipEndpointTest, BoundsSessionsThatNobodyConnects) {
  for (std::size_t i = 0; i < WhipEndpoint::kMaxHalfOpen; ++i) Publish();
  const auto refused = Post();
  EXPECT_EQ(refused.status, 503U);
  EXPECT_NE(HeaderOf(refused, "Retry-After"), "");
  ipc::WhipEvent connected;
  connected.mutable_connected();
  Say(connected);
  EXPECT_EQ(Post().status, 201U);
}

TEST_F(WhipEndpointTest, EndsEverySessionWhenItStops) {
  Publish();
  endpoint_.GiveUp();
  endpoint_.Stop();
  EXPECT_EQ(starter_.session.end->cause, PublishEnd::Cause::kClosedByUs);
  EXPECT_EQ(endpoint_.sessions(), 0U);
}

}  // namespace
}  // namespace ingress::input
