#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/static_control_plane.h"
#include "input/whip/endpoint.h"
#include "whip_job/input_message.h"

namespace ingress::input {

inline constexpr std::string_view kOffer =
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

inline constexpr std::string_view kRestart =
    "a=ice-ufrag:efgh\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n";
inline constexpr std::string_view kTrickle =
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
  boost::asio::awaitable<std::expected<std::unique_ptr<SessionLink>, Failure>> Start(
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

/// A WHIP endpoint whose sessions, ports and control plane are the test's.
class WhipEndpointTest : public ::testing::Test {
 protected:
  net::HttpResponse Ask(std::string method, std::string path, std::string body = {},
                        std::map<std::string, std::string> headers = {}) {
    return AskAt(endpoint_, std::move(method), std::move(path), std::move(body),
                 std::move(headers));
  }

  net::HttpResponse AskAt(WhipEndpoint& endpoint, std::string method, std::string path,
                          std::string body = {}, std::map<std::string, std::string> headers = {}) {
    const net::HttpRequest request{.method = std::move(method),
                                   .path = std::move(path),
                                   .query = {},
                                   .headers = std::move(headers),
                                   .body = std::move(body),
                                   .peer = "192.0.2.1:4711",
                                   .party = "192.0.2.1"};
    std::optional<net::HttpResponse> response;
    boost::asio::co_spawn(loop_, endpoint.Answer(request),
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

  boost::asio::io_context loop_;
  config::Config config_;
  observability::MetricsRegistry registry_{"NE_1"};
  observability::ServiceMetrics metrics_{registry_};
  LimitMonitor limits_{registry_, observability::Logger::Null()};
  net::StepThrottle strangers_{loop_.get_executor()};
  FakeStarter starter_;
  FakePorts ports_;
  control::StaticControlPlane control_{{}};
  Node node_{.executor = loop_.get_executor(),
             .config = config_,
             .logger = observability::Logger::Null(),
             .registry = registry_,
             .metrics = metrics_,
             .limits = limits_,
             .descriptors = DescriptorBudget(65536),
             .strangers = strangers_,
             .starter = starter_,
             .control = control_};
  WhipEndpoint endpoint_{node_, ports_};
  std::string location_;
  std::string tag_;
};

}  // namespace ingress::input
