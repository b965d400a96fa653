#include "input/whip/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "input/whip/testing/endpoint_fixture.h"
#include "sdp/remote_offer.h"

namespace ingress::input {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(WhipEndpointTest, AnswersAnOffer) {  // RFC 9725 §4.2
  const auto answer = Post();
  EXPECT_EQ(answer.status, 201U);
  EXPECT_EQ(answer.content_type, "application/sdp");
  EXPECT_THAT(answer.body, StartsWith("v=0\r\n"));
  EXPECT_THAT(answer.body, HasSubstr("a=fingerprint:sha-256 AA:BB\r\n"));
  EXPECT_THAT(answer.body, HasSubstr("203.0.113.10 7885 typ host\r\n"));
  EXPECT_THAT(HeaderOf(answer, "Location"), MatchesRegex("/w/[0-9A-Za-z]{24}/WH_[0-9A-Za-z]{12}"));
  EXPECT_THAT(HeaderOf(answer, "ETag"), MatchesRegex("\"[0-9A-Za-z]+\""));
  EXPECT_EQ(HeaderOf(answer, "Access-Control-Allow-Origin"), "*");
  EXPECT_THAT(HeaderOf(answer, "Access-Control-Expose-Headers"), HasSubstr("Location, ETag, Link"));

  ASSERT_THAT(starter_.requests, SizeIs(1));
  EXPECT_EQ(starter_.requests[0].kind, InputKind::kWhip);
  EXPECT_EQ(starter_.requests[0].stream_key, "key-1");
  ASSERT_THAT(starter_.session.orders, SizeIs(1));
  const auto& job = starter_.session.orders[0].publish().negotiation();
  EXPECT_EQ(job.video().payload_type(), 96U);
  EXPECT_EQ(job.ice().remote_ufrag(), "abcd");
  EXPECT_THAT(Ufrags(), ElementsAre(job.ice().ufrag()));
  EXPECT_THAT(ports_.remote_ufrags, ElementsAre("abcd"));
}

TEST_F(WhipEndpointTest, TellsOfIceServersWithTheAnswerAlone) {  // §4.6
  config_.rtc.stun_servers = {"stun.example.com:3478"};
  EXPECT_EQ(HeaderOf(Post(), "Link"), "<stun:stun.example.com:3478>; rel=\"ice-server\"");
  EXPECT_EQ(HeaderOf(Ask("OPTIONS", "/w"), "Link"), "");
}

TEST_F(WhipEndpointTest, HandsTheClientsAddressesOn) {
  Publish();
  IcePeer peer{.received = {1, 2, 3}, .address = "192.0.2.1:5000"};
  peer.socket = UniqueFd(dup(0));
  ports_.admitted.begin()->second(std::move(peer));
  ASSERT_THAT(starter_.session.orders, SizeIs(2));
  EXPECT_EQ(starter_.session.orders[1].peer().received(), "\x01\x02\x03");
  EXPECT_EQ(starter_.session.sockets, 1);
}

TEST_F(WhipEndpointTest, TakesTheStreamKeyOfHeaderOrPath) {  // §4.7
  const std::map<std::string, std::string> bare = {{"content-type", "application/sdp"}};
  EXPECT_EQ(Ask("POST", "/w/key-2", std::string(kOffer), bare).status, 201U);
  EXPECT_EQ(starter_.requests.back().stream_key, "key-2");
  const auto none = Ask("POST", "/w", std::string(kOffer), bare);
  EXPECT_EQ(none.status, 401U);
  EXPECT_EQ(CodeOf(none), "missing_stream_key");
  EXPECT_EQ(HeaderOf(none, "WWW-Authenticate"), "Bearer");
  const auto two = Ask("POST", "/w/key-2", std::string(kOffer),
                       {{"content-type", "application/sdp"}, {"authorization", "Bearer key-1"}});
  EXPECT_EQ(two.status, 401U);
  EXPECT_EQ(CodeOf(two), "contradicting_stream_keys");
  EXPECT_THAT(starter_.requests, SizeIs(1));  // nobody was asked about the others
}

TEST_F(WhipEndpointTest, ComparesTheMediaTypeAsItIsMeant) {  // §4.2
  for (const std::string_view type : {"text/plain", "application/json", "", "application/sdpx"}) {
    const auto refused =
        Post(kOffer, {{"content-type", std::string(type)}, {"authorization", "key-1"}});
    EXPECT_EQ(refused.status, 415U) << type;
    EXPECT_EQ(CodeOf(refused), "unsupported_media_type");
  }
  EXPECT_EQ(
      Post(kOffer, {{"content-type", "Application/SDP; charset=utf-8"}, {"authorization", "key-1"}})
          .status,
      201U);
}

TEST_F(WhipEndpointTest, RefusesOffersInWords) {
  EXPECT_EQ(CodeOf(Post("")), "bad_offer");
  EXPECT_EQ(Post("").status, 400U);
  EXPECT_EQ(Post("\x01\x02").status, 400U);
  std::string odd(kOffer);
  odd.replace(odd.find("opus/48000/2"), 12, "theora/90000");
  const auto refused = Post(odd);
  EXPECT_EQ(refused.status, 422U);
  EXPECT_EQ(CodeOf(refused), "offer_not_acceptable");
  EXPECT_EQ(Post("v=0\r\n" + std::string(sdp::kMaxRemoteOfferSize, 'a')).status, 413U);
  EXPECT_THAT(starter_.requests, IsEmpty());
}

TEST_F(WhipEndpointTest, CallsFailuresByTheirNumbers) {
  for (const auto& [failure, status] : {std::pair(FailureCode::kUnknownStreamKey, 404U),
                                        std::pair(FailureCode::kIngressDisabled, 403U),
                                        std::pair(FailureCode::kWrongInputType, 400U),
                                        std::pair(FailureCode::kAlreadyPublishing, 409U),
                                        std::pair(FailureCode::kTooManyWrongKeys, 429U),
                                        std::pair(FailureCode::kShuttingDown, 503U)}) {
    starter_.refusal = Failure(failure);
    const auto refused = Post();
    EXPECT_EQ(refused.status, status);
    EXPECT_EQ(CodeOf(refused), Traits(failure).name);
    EXPECT_EQ(HeaderOf(refused, "Retry-After").empty(), status != 429U && status != 503U);
  }
  EXPECT_THAT(ports_.admitted, IsEmpty());
}

TEST_F(WhipEndpointTest, TellsBrowsersWhatTheyMaySend) {  // §4.2
  for (const char* path : {"/w", "/w/key-1", "/w/2/WH_1"}) {
    const auto options = Ask("OPTIONS", path);
    EXPECT_EQ(options.status, 204U);
    EXPECT_EQ(HeaderOf(options, "Accept-Post"), "application/sdp");
    EXPECT_THAT(HeaderOf(options, "Access-Control-Allow-Methods"), HasSubstr("PATCH"));
    EXPECT_THAT(HeaderOf(options, "Access-Control-Allow-Headers"),
                HasSubstr("Authorization, Content-Type, If-Match"));
  }
}

TEST_F(WhipEndpointTest, AnswersGetWithNothing) {  // §4.1
  Publish();
  for (const std::string& path : {std::string("/w"), location_}) {
    for (const char* method : {"GET", "HEAD"}) {
      const auto answer = Ask(method, path);
      EXPECT_EQ(answer.status, 204U);
      EXPECT_EQ(answer.body, "");
    }
  }
}

TEST_F(WhipEndpointTest, RefusesOtherMethodsAndPaths) {
  Publish();
  const auto put = Ask("PUT", "/w");
  EXPECT_EQ(put.status, 405U);
  EXPECT_THAT(HeaderOf(put, "Allow"), HasSubstr("POST"));
  EXPECT_THAT(HeaderOf(Ask("POST", location_), "Allow"), HasSubstr("PATCH, DELETE"));
  EXPECT_EQ(Ask("GET", "/").status, 404U);
  EXPECT_EQ(CodeOf(Ask("POST", "/w/a/b")), "no_such_resource");
}

TEST_F(WhipEndpointTest, AsksNoRetransmissionOfAnObsThatDamagesThem) {
  Post(kOffer, {{"content-type", "application/sdp"},
                {"authorization", "key-1"},
                {"user-agent", "Mozilla/5.0 (OBS-Studio/30.1.2; Windows x86_64; en-US)"}});
  EXPECT_FALSE(starter_.session.orders[0].publish().negotiation().video().nack());
  Publish();
  EXPECT_TRUE(starter_.session.orders.back().publish().negotiation().video().nack());
}

}  // namespace
}  // namespace ingress::input
