#include "input/whip/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sdp/ice_fragment.h"
#include "sdp/remote_offer.h"
#include "whip_job/input_message.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::string_view kOffer =
    "v=0\r\n"
    "a=group:BUNDLE 0 1\r\n"
    "a=ice-options:trickle\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
    "a=fingerprint:sha-1 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13\r\n"
    "a=setup:actpass\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
    "a=mid:1\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:96 H264/90000\r\n"
    "a=rtcp-fb:96 nack\r\na=fmtp:96 packetization-mode=1;profile-level-id=42e01f\r\n";

constexpr std::string_view kRestart =
    "a=ice-ufrag:efgh\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n";
constexpr std::string_view kTrickle =
    "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
    "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";

class FakePorts final : public IcePorts {
 public:
  std::vector<sdp::Candidate> candidates() const override {
    return {{.foundation = "1", .priority = 2, .address = "203.0.113.10", .port = 7885},
            {.foundation = "2", .priority = 1, .address = "2001:db8::1", .port = 7885}};
  }
  Result<void> Admit(const sdp::IceCredentials& local, std::string remote_ufrag,
                     OnPeer on_peer) override {
    admitted.emplace(local.ufrag, std::move(on_peer));
    remote_ufrags.push_back(std::move(remote_ufrag));
    return {};
  }
  void Dismiss(std::string_view local_ufrag) override { admitted.erase(std::string(local_ufrag)); }

  std::map<std::string, OnPeer> admitted;  // by our ufrag
  std::vector<std::string> remote_ufrags;
};

/// What the fake session of a publish has been told; outlives the link.
struct FakeSession {
  std::vector<ipc::WhipOrder> orders;
  int sockets = 0;
  std::optional<PublishEnd> end;
};

class FakeLink final : public SessionLink {
 public:
  explicit FakeLink(FakeSession& session) : session_(session) {}

  void OnMedia(Media /*media*/) override { ADD_FAILURE() << "media does not come this way"; }
  void OnReadDone() override {}
  void OnBatchInterval(std::chrono::milliseconds /*interval*/) override {
    ADD_FAILURE() << "media does not come this way";
  }
  std::string dtls_fingerprint() const override { return "sha-256 AA:BB"; }
  void TellHandler(std::string body, UniqueFd socket) override {
    if (socket) ++session_.sockets;
    ipc::InputOrder order;
    order.set_body(std::move(body));
    session_.orders.push_back(whip_job::OrderOf(order).value());
  }
  void OnEnd(PublishEnd end) override { session_.end = std::move(end); }
  observability::Logger logger() const override { return observability::Logger::Null(); }

 private:
  FakeSession& session_;
};

class FakeStarter final : public Starter {
 public:
  asio::awaitable<std::expected<std::unique_ptr<SessionLink>, Failure>> Start(
      Attempt& attempt) override {
    requests.push_back(attempt.request());
    if (refusal) co_return std::unexpected(*refusal);
    link = attempt.link();
    if (closes_at_once) link.close(Failure(FailureCode::kTakenOver));
    co_return std::make_unique<FakeLink>(session);
  }

  std::optional<Failure> refusal;
  bool closes_at_once = false;
  std::vector<PublishRequest> requests;
  EncoderLink link;
  FakeSession session;
};

class WhipEndpointTest : public ::testing::Test {
 protected:
  net::HttpResponse Ask(std::string method, std::string path, std::string body = {},
                        std::map<std::string, std::string> headers = {}) {
    const net::HttpRequest request{.method = std::move(method),
                                   .path = std::move(path),
                                   .query = {},
                                   .headers = std::move(headers),
                                   .body = std::move(body),
                                   .peer = "192.0.2.1:4711",
                                   .party = "192.0.2.1"};
    std::optional<net::HttpResponse> response;
    asio::co_spawn(loop_, endpoint_.Answer(request),
                   [&response](const std::exception_ptr& error, net::HttpResponse answer) {
                     if (error) std::rethrow_exception(error);
                     response = std::move(answer);
                   });
    loop_.restart();
    loop_.run();
    return response.value_or(net::HttpResponse{.status = 0, .body = "no answer"});
  }

  net::HttpResponse Post(std::string_view offer = kOffer,
                         std::map<std::string, std::string> headers = {
                             {"content-type", "application/sdp"},
                             {"authorization", "Bearer key-1"}}) {
    return Ask("POST", "/w", std::string(offer), std::move(headers));
  }

  /// A PATCH of the session that the last Post() has made.
  net::HttpResponse Patch(std::string_view fragment, std::string if_match) {
    return Ask(
        "PATCH", location_, std::string(fragment),
        {{"content-type", "application/trickle-ice-sdpfrag"}, {"if-match", std::move(if_match)}});
  }

  /// Makes a session and remembers where it is.
  void Publish() {
    const auto answer = Post();
    ASSERT_EQ(answer.status, 201U) << answer.body;
    location_ = HeaderOf(answer, "Location");
    tag_ = HeaderOf(answer, "ETag");
  }

  static std::string HeaderOf(const net::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }

  static std::string CodeOf(const net::HttpResponse& response) {
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(HeaderOf(response, "Access-Control-Allow-Origin"), "*");
    const auto body = boost::json::parse(response.body);
    EXPECT_EQ(body.at("status").as_int64(), static_cast<std::int64_t>(response.status));
    EXPECT_FALSE(body.at("cause").as_string().empty());
    EXPECT_FALSE(body.at("remedy").as_string().empty());
    return std::string(body.at("code").as_string());
  }

  std::vector<std::string> Ufrags() const {
    std::vector<std::string> ufrags;
    for (const auto& [ufrag, on_peer] : ports_.admitted) ufrags.push_back(ufrag);
    return ufrags;
  }

  void Say(const ipc::WhipEvent& event) { starter_.link.on_event(whip_job::ToMessage(event)); }

  asio::io_context loop_;
  config::Config config_;
  observability::MetricsRegistry registry_{"NE_1"};
  observability::ServiceMetrics metrics_{registry_};
  LimitMonitor limits_{registry_, observability::Logger::Null()};
  net::StepThrottle strangers_{loop_.get_executor()};
  FakeStarter starter_;
  FakePorts ports_;
  Node node_{.executor = loop_.get_executor(),
             .config = config_,
             .logger = observability::Logger::Null(),
             .registry = registry_,
             .metrics = metrics_,
             .limits = limits_,
             .descriptors = DescriptorBudget(65536),
             .strangers = strangers_,
             .starter = starter_};
  WhipEndpoint endpoint_{node_, ports_};
  std::string location_;
  std::string tag_;
};

TEST_F(WhipEndpointTest, AnswersAnOffer) {  // RFC 9725 §4.2
  const auto answer = Post();
  EXPECT_EQ(answer.status, 201U);
  EXPECT_EQ(answer.content_type, "application/sdp");
  EXPECT_THAT(answer.body, StartsWith("v=0\r\n"));
  EXPECT_THAT(answer.body, HasSubstr("a=fingerprint:sha-256 AA:BB\r\n"));
  EXPECT_THAT(answer.body, HasSubstr("203.0.113.10 7885 typ host\r\n"));
  EXPECT_THAT(HeaderOf(answer, "Location"),
              MatchesRegex("/w/session/WH_[0-9A-Za-z]{12}\\.[0-9A-Za-z]{24}"));
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
  wrong.back() = wrong.back() == 'x' ? 'y' : 'x';
  const auto refused = Ask("DELETE", wrong);
  EXPECT_EQ(refused.status, 404U);
  EXPECT_EQ(refused.body,
            Ask("DELETE", "/w/session/WH_aaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb").body);
  EXPECT_FALSE(starter_.session.end.has_value());
  const auto other_key = Ask("DELETE", location_, "", {{"authorization", "Bearer key-2"}});
  EXPECT_EQ(other_key.status, 401U);
  EXPECT_EQ(Ask("DELETE", location_, "", {{"authorization", "Bearer key-1"}}).status, 200U);
}

TEST_F(WhipEndpointTest, HoldsThoseBackWhoGuessSessions) {
  config_.limits.wrong_keys_per_minute = 5;
  Publish();
  std::set<unsigned> last;
  for (int i = 0; i < 20; ++i) last = {Ask("DELETE", "/w/session/WH_1.2").status};
  EXPECT_THAT(last, ElementsAre(429U));
  EXPECT_EQ(Ask("DELETE", location_).status, 200U);  // who knows it is no stranger
}

TEST_F(WhipEndpointTest, TellsNoSecret) {
  Publish();
  EXPECT_THAT(location_, Not(HasSubstr("key-1")));
  std::set<std::string> locations;
  for (int i = 0; i < 200; ++i) {
    Publish();
    locations.insert(location_.substr(location_.find('.')));
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

TEST_F(WhipEndpointTest, TellsBrowsersWhatTheyMaySend) {  // §4.2
  for (const char* path : {"/w", "/w/key-1", "/w/session/WH_1.2"}) {
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

TEST_F(WhipEndpointTest, EndsEverySessionWhenItStops) {
  Publish();
  endpoint_.GiveUp();
  endpoint_.Stop();
  EXPECT_EQ(starter_.session.end->cause, PublishEnd::Cause::kClosedByUs);
  EXPECT_EQ(endpoint_.sessions(), 0U);
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
