#include "input/whip/endpoint.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <utility>

#include "base/ascii.h"
#include "base/ids.h"
#include "base/printable.h"
#include "ice_lite/authenticator.h"
#include "input/guard/connection_place.h"
#include "input/whip/entity_tag.h"
#include "input/whip/ice_server_links.h"
#include "net/same_secret.h"
#include "sdp/ice_fragment.h"
#include "sdp/negotiate.h"
#include "sdp/remote_offer.h"

namespace ingress::input {
namespace {

namespace asio = boost::asio;
using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view kSdp = "application/sdp";
constexpr std::string_view kFragment = "application/trickle-ice-sdpfrag";
constexpr std::size_t kSecretLength = 24;  // 139 bits
constexpr std::size_t kMaxEncoderName = 120;
constexpr unsigned kNotFound = 404;
constexpr unsigned kServerError = 500;  // and above
constexpr std::chrono::milliseconds kRegisteredWithin{500};

std::string_view HeaderOf(const HttpRequest& request, const std::string& name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string_view{} : std::string_view(found->second);
}

/// Says whether the body is of `type`, whatever parameters follow it.
bool IsOfType(const HttpRequest& request, std::string_view type) {
  std::string_view given = HeaderOf(request, "content-type");
  given = given.substr(0, given.find(';'));
  while (given.ends_with(' ')) given.remove_suffix(1);
  return EqualsIgnoringCase(given, type);
}

WhipProblem NotSdp(std::string_view type) {
  return {.status = 415,
          .code = "unsupported_media_type",
          .cause = "the body is not of type " + std::string(type),
          .remedy = "Send it with Content-Type: " + std::string(type) + "."};
}

WhipProblem BadOffer(const Error& error) {
  constexpr std::string_view kRemedy =
      "Send an offer as RFC 9725 section 4.4 says: H.264 and Opus, sendonly, bundled.";
  if (error.code == ErrorCode::kUnsupported) {
    return {.status = 422,
            .code = "offer_not_acceptable",
            .cause = error.context,
            .remedy = std::string(kRemedy)};
  }
  const bool large = error.code == ErrorCode::kLimitExceeded;
  return {.status = large ? 413U : 400U,
          .code = large ? "offer_too_large" : "bad_offer",
          .cause = error.context,
          .remedy = std::string(kRemedy)};
}

WhipProblem BadKey(KeyProblem problem) {
  if (problem == KeyProblem::kMissing) return ProblemOf(Failure(FailureCode::kMissingStreamKey));
  return {.status = 401,
          .code = "contradicting_stream_keys",
          .cause = "the URL and the Authorization header name different stream keys",
          .remedy = "Enter the stream key in one place of the encoder's settings."};
}

WhipProblem NoSuchSession() {
  return {.status = kNotFound,
          .code = "session_not_found",
          .cause = "there is no such session, or no more",
          .remedy = "Publish again with a POST."};
}

WhipProblem NoPrecondition() {
  return {.status = 428,
          .code = "if_match_missing",
          .cause = "the request lacks If-Match",
          .remedy = "Send the ETag of the session in If-Match."};
}

HttpResponse NoContent(unsigned status = 204) {
  return {.status = status, .content_type = "", .body = ""};
}

HttpResponse Deleted() {
  constexpr unsigned kOk = 200;  // some clients take nothing else
  return NoContent(kOk);
}

HttpResponse ToAnswer(WhipPublish::Patched patched) {
  if (patched.fragment.empty()) return NoContent();
  return {.status = 200,
          .content_type = std::string(kFragment),
          .body = std::move(patched.fragment),
          .headers = {{"ETag", std::move(patched.tag)}}};
}

/// OBS 30.1 sends damaged packets when it is asked to send some again, which turns a loss into
/// garbage (obs-studio issue 10564).
bool ResendsAreDamaged(std::string_view user_agent) {
  return user_agent.contains("OBS-Studio/30.1.");
}

}  // namespace

WhipEndpoint::WhipEndpoint(Node& node, IcePorts& ice)
    : node_(node),
      ice_(ice),
      remote_(node.control),
      tasks_(node.executor),
      table_({.connections = node.config.limits.connections,
              .per_address = node.config.limits.connections_per_address},
             [&node](Limit limit, const std::string& address) {
               node.limits.Strike(limit, address, Clock::now());
             }) {}

HttpResponse WhipEndpoint::Complete(HttpResponse response) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  response.headers.emplace_back("Access-Control-Expose-Headers",
                                "Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

asio::awaitable<HttpResponse> WhipEndpoint::Answer(const HttpRequest& request) {
  const auto target = ParseWhipTarget(request.path);
  if (!target) {
    co_return Complete(
        ToResponse({.status = 404,
                    .code = "no_such_resource",
                    .cause = "this is no path of the WHIP endpoint",
                    .remedy = "Use the URL of the ingress: it ends in /w, or in /w/STREAM_KEY."}));
  }
  co_return Complete(co_await AnswerTarget(request, *target));
}

asio::awaitable<HttpResponse> WhipEndpoint::AnswerTarget(const HttpRequest& request,
                                                         const WhipTarget& target) {
  if (request.method == "OPTIONS") {
    HttpResponse response = NoContent();
    // Clients decide by the endpoint's methods whether the session's PATCH is of use.
    response.headers = {
        {"Access-Control-Allow-Methods", "POST, GET, HEAD, OPTIONS, PATCH, DELETE"},
        {"Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, ETag"},
        {"Access-Control-Max-Age", "7200"},
        {"Accept-Post", std::string(kSdp)},
        {"Accept-Patch", std::string(kFragment)}};
    co_return response;
  }
  if (target.is_session()) co_return co_await AnswerSession(request, target);
  if (request.method == "POST") co_return co_await Post(request, target);
  if (request.method == "GET" || request.method == "HEAD") co_return NoContent();
  HttpResponse refusal = ToResponse({.status = 405,
                                     .code = "method_not_allowed",
                                     .cause = "the endpoint does not take this method",
                                     .remedy = "Publish with a POST."});
  refusal.headers.emplace_back("Allow", "POST, GET, HEAD, OPTIONS");
  co_return refusal;
}

asio::awaitable<HttpResponse> WhipEndpoint::Post(const HttpRequest& request,
                                                 const WhipTarget& target) {
  auto publish = ReadOffer(request, target);
  if (!publish) {
    node_.metrics.publish_status
        .At(observability::InputType::kWhip, observability::PublishStatus::kClientError)
        .Increment();
    co_return Refuse(request, publish.error());
  }
  co_return co_await Publish(request, target, std::move(*publish));
}

/// Refuses what can be refused without looking the stream key up.
std::expected<std::shared_ptr<WhipPublish>, WhipProblem> WhipEndpoint::ReadOffer(
    const HttpRequest& request, const WhipTarget& target) {
  auto key = WhipKey(target, HeaderOf(request, "authorization"));
  if (!key) return std::unexpected(BadKey(key.error()));
  if (!IsOfType(request, kSdp)) return std::unexpected(NotSdp(kSdp));
  auto offer = sdp::ParseRemoteOffer(request.body);
  if (!offer) return std::unexpected(BadOffer(offer.error()));
  // We take what every session can pass on, whether its ingress allows transcoding or not.
  auto negotiation = sdp::Negotiate(
      *offer, {.video = {VideoCodec::kH264},
               .local_ice = ice_lite::NewCredentials(),
               .request_retransmission = !ResendsAreDamaged(HeaderOf(request, "user-agent"))});
  if (!negotiation) return std::unexpected(BadOffer(negotiation.error()));
  if (half_open() >= kMaxHalfOpen) {
    return std::unexpected(ProblemOf(Failure(FailureCode::kNoCapacity,
                                             "too many publishers have begun and not connected yet",
                                             "Try again in a few seconds.")));
  }
  std::string id = NewId("WH_");
  return std::make_shared<WhipPublish>(
      WhipPublish::Parts{.id = id,
                         .secret = RandomToken(kSecretLength),
                         .stream_key = std::move(*key),
                         .ice = ice_,
                         .encoder = Printable(HeaderOf(request, "user-agent"), kMaxEncoderName),
                         .offer = std::move(*offer),
                         .negotiation = std::move(*negotiation),
                         .on_over = [this, id] { sessions_.erase(id); }});
}

asio::awaitable<HttpResponse> WhipEndpoint::Publish(const HttpRequest& request,
                                                    const WhipTarget& target,
                                                    std::shared_ptr<WhipPublish> publish) {
  const std::weak_ptr<WhipPublish> weak = publish;
  table_.SetLimits({.connections = node_.config.limits.connections,
                    .per_address = node_.config.limits.connections_per_address});
  Attempt* under_way = nullptr;
  ConnectionPlace place(table_, request.party, [&under_way] {
    if (under_way != nullptr) under_way->Leave();
  });
  if (!place.taken()) co_return Refuse(request, ProblemOf(TooManyPublishesFailure()));
  Attempt attempt({.kind = InputKind::kWhip,
                   .path = MediaPath::kDirect,
                   .encodes_on_request = true,  // what LiveKit calls bypassing
                   .stream_key = publish->stream_key(),
                   .peer = request.peer,
                   .encoder = publish->encoder()},
                  &place,
                  {.close =
                       [weak](const Failure& failure) {
                         if (const auto closed = weak.lock()) closed->Close(failure);
                       },
                   .on_event =
                       [weak](const ipc::InputEvent& event) {
                         if (const auto told = weak.lock()) told->OnEvent(event);
                       }});
  under_way = &attempt;
  const auto entry = attempts_.insert(attempts_.end(), &attempt);
  if (stopping_) attempt.Leave();
  auto started = co_await node_.starter.Start(attempt);
  under_way = nullptr;
  attempts_.erase(entry);
  if (!started) co_return ToResponse(ProblemOf(started.error()));  // it is logged and counted
  if (publish->closed()) {
    // Another publish with the key has taken the session before this one had its answer.
    co_return Refuse(request, ProblemOf(*publish->closed()));
  }
  sessions_.emplace(publish->id(), publish);
  net::Event registered;
  tasks_.Spawn(Register(publish, publish->id(), registered));
  auto answer = publish->Begin(std::move(*started));
  if (!answer) {
    publish->End({.cause = PublishEnd::Cause::kClosedByUs, .detail = answer.error().Message()});
    co_return Refuse(request, ProblemOf(answer.error()));
  }
  HttpResponse created{
      .status = 201,
      .content_type = std::string(kSdp),
      .body = std::move(*answer),
      .headers = {{"Location", WhipSessionPath(target.app, publish->id(), publish->secret())},
                  {"ETag", publish->tag()},
                  {"Accept-Patch", std::string(kFragment)}}};
  // A client may ask another node at once. A bus that is slow costs it no more than this.
  if (!publish->reachable()) co_await registered.WaitFor(kRegisteredWithin);
  if (publish->closed()) co_return Refuse(request, ProblemOf(*publish->closed()));
  if (publish->over()) co_return Refuse(request, NoSuchSession());
  // Answers to OPTIONS have none: who shows no stream key gets no credential (RFC 9725 §4.6).
  for (std::string& link : IceServerLinks(node_.config.rtc, WallClock::now())) {
    created.headers.emplace_back("Link", std::move(link));
  }
  co_return created;
}

/// Strangers' requests are many when somebody tries something out.
HttpResponse WhipEndpoint::Refuse(const HttpRequest& request, const WhipProblem& problem) {
  if (node_.limits.AllowLine(Clock::now())) {
    node_.logger.Warn("WHIP request refused", {{observability::field::kPeer, request.peer},
                                               {"method", request.method},
                                               {observability::field::kCode, problem.code},
                                               {observability::field::kError, problem.cause}});
  }
  return ToResponse(problem);
}

/// Ours, by the secret of its URL; null for none.
std::shared_ptr<WhipPublish> WhipEndpoint::Find(std::string_view id,
                                                std::string_view secret) const {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || !net::SameSecret(found->second->secret(), secret)) return nullptr;
  return found->second;
}

/// One that another node has, or nobody. Guesses are counted: each costs the cluster a call.
asio::awaitable<HttpResponse> WhipEndpoint::PassOn(const HttpRequest& request, WhipTarget target) {
  const auto limit = node_.config.limits.wrong_keys_per_minute;
  if (!wrong_sessions_.Take(request.party, limit, Clock::now())) {
    node_.limits.Strike(Limit::kWrongKeys, request.party, Clock::now());
    co_return Refuse(request, ProblemOf(Failure(FailureCode::kTooManyWrongKeys)));
  }
  // What we have had ourselves no other node has.
  const bool ours = sessions_.contains(target.session_id);
  if (ours || (request.method != "DELETE" && request.method != "PATCH")) {
    co_return Refuse(request, NoSuchSession());
  }
  auto answer = co_await AskOwner(request, std::move(target));
  const bool missing = !answer && answer.error().status == kNotFound;
  if (answer) {
    // Others may share the address, behind a balancer, and must not be held back with who guesses.
    wrong_sessions_.OnRightKey(request.party, Clock::now());
  } else if (answer.error().status < kServerError && !missing) {
    wrong_sessions_.Return(request.party);  // somebody has the session, and refuses
  }
  if (answer) co_return std::move(*answer);
  co_return Refuse(request, missing ? NoSuchSession() : answer.error());
}

asio::awaitable<std::expected<HttpResponse, WhipProblem>> WhipEndpoint::AskOwner(
    const HttpRequest& request, WhipTarget target) {
  if (request.method == "DELETE") {
    const auto deleted = co_await remote_.Delete(std::move(target));
    if (!deleted) co_return std::unexpected(deleted.error());
    co_return Deleted();
  }
  std::string if_match(HeaderOf(request, "if-match"));
  auto patched = co_await remote_.Patch(std::move(target), std::move(if_match), request.body);
  if (!patched) co_return std::unexpected(patched.error());
  co_return ToAnswer(std::move(*patched));
}

asio::awaitable<HttpResponse> WhipEndpoint::AnswerSession(const HttpRequest& request,
                                                          const WhipTarget& target) {
  if (request.method == "PATCH") {
    // Whoever has the session would say the same.
    if (!IsOfType(request, kFragment)) co_return Refuse(request, NotSdp(kFragment));
    if (HeaderOf(request, "if-match").empty()) co_return Refuse(request, NoPrecondition());
  }
  const std::shared_ptr<WhipPublish> publish = Find(target.session_id, target.secret);
  if (!publish) co_return co_await PassOn(request, target);
  const std::string_view token = BearerToken(HeaderOf(request, "authorization"));
  if (!token.empty() && !net::SameSecret(token, publish->stream_key())) {
    co_return Refuse(request, {.status = 401,
                               .code = "wrong_stream_key",
                               .cause = "the session belongs to another stream key",
                               .remedy = "Send the stream key of the POST, or none."});
  }
  if (request.method == "GET" || request.method == "HEAD") co_return NoContent();
  if (request.method == "PATCH") {
    auto patched = Patch(*publish, HeaderOf(request, "if-match"), request.body);
    co_return patched ? ToAnswer(std::move(*patched)) : Refuse(request, patched.error());
  }
  if (request.method == "DELETE") {
    publish->End({.cause = PublishEnd::Cause::kUnpublished, .detail = "DELETE"});
    co_return Deleted();
  }
  HttpResponse refusal = ToResponse({.status = 405,
                                     .code = "method_not_allowed",
                                     .cause = "a session does not take this method",
                                     .remedy = "Use PATCH for ICE, or DELETE to end it."});
  refusal.headers.emplace_back("Allow", "PATCH, DELETE, GET, HEAD, OPTIONS");
  co_return refusal;
}

std::expected<WhipPublish::Patched, WhipProblem> WhipEndpoint::Patch(WhipPublish& publish,
                                                                     std::string_view if_match,
                                                                     const std::string& body) {
  if (!publish.AllowPatch(Clock::now())) {
    return std::unexpected(WhipProblem{.status = 429,
                                       .code = "too_many_patches",
                                       .cause = "the client sends too many PATCH requests",
                                       .remedy = "Send candidates together.",
                                       .retry_after = std::chrono::seconds(1)});
  }
  switch (MatchTag(if_match, publish.tag())) {
    case TagMatch::kMissing:
      return std::unexpected(NoPrecondition());
    case TagMatch::kFails:
      return std::unexpected(
          WhipProblem{.status = 412,
                      .code = "if_match_fails",
                      .cause = "the entity tag is that of another ICE session",
                      .remedy = "Send the ETag of the newest answer, or * to restart ICE."});
    case TagMatch::kMatches:
    case TagMatch::kAny:
      break;
  }
  const auto fragment = sdp::ParseIceFragment(body);
  if (!fragment) {
    const bool large = fragment.error().code == ErrorCode::kLimitExceeded;
    return std::unexpected(WhipProblem{.status = large ? 413U : 400U,
                                       .code = large ? "fragment_too_large" : "bad_fragment",
                                       .cause = fragment.error().context,
                                       .remedy = "Send a fragment as RFC 8840 section 9 says."});
  }
  return publish.Patch(*fragment);
}

/// Lets other nodes reach a session of ours, from now until it is over.
asio::awaitable<void> WhipEndpoint::Register(std::weak_ptr<WhipPublish> weak, std::string id,
                                             net::Event registered) {
  auto served = co_await remote_.Serve(
      id, {.remove = [this, id](const std::string& secret) -> std::expected<void, WhipProblem> {
             const auto publish = Find(id, secret);
             if (!publish) return std::unexpected(NoSuchSession());
             publish->End({.cause = PublishEnd::Cause::kUnpublished, .detail = "DELETE"});
             return {};
           },
           .patch = [this, id](const std::string& secret, const std::string& if_match,
                               const std::string& fragment)
               -> std::expected<WhipPublish::Patched, WhipProblem> {
             const auto publish = Find(id, secret);
             if (!publish) return std::unexpected(NoSuchSession());
             return Patch(*publish, if_match, fragment);
           }});
  if (!served) {
    // The stream goes on; only what other nodes are asked about it does not reach it.
    node_.logger.Warn("WHIP session not registered", {{"error", served.error()}});
  } else if (const auto publish = weak.lock(); publish && !publish->over()) {
    publish->Keep(std::move(*served));
  }
  registered.Notify();
}

void WhipEndpoint::GiveUp() {
  stopping_ = true;
  for (Attempt* attempt : attempts_) attempt->Leave();
}

void WhipEndpoint::Stop() {
  const auto left = sessions_;
  for (const auto& [id, publish] : left) {
    publish->End({.cause = PublishEnd::Cause::kClosedByUs, .detail = "the service ends"});
  }
}

asio::awaitable<void> WhipEndpoint::Join() { return tasks_.Join(); }

std::size_t WhipEndpoint::half_open() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      sessions_, [](const auto& entry) { return !entry.second->connected(); }));
}

}  // namespace ingress::input
