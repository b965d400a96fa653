#include "support/sfu_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <exception>
#include <utility>

#include "livekit/candidate_init.h"
#include "net/await.h"

namespace ingress::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using net::kAwait;

void Rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace

class SfuServer::Socket : public std::enable_shared_from_this<SfuServer::Socket> {
 public:
  explicit Socket(asio::ip::tcp::socket tcp) : stream_(std::move(tcp)) { stream_.binary(true); }

  using Request = http::request<http::string_body>;

  asio::awaitable<bool> ReadRequest(Request& request) {
    auto [error, size] = co_await http::async_read(stream_.next_layer(), buffer_, request, kAwait);
    co_return !error;
  }

  asio::awaitable<void> Reply(unsigned status, std::string body) {
    http::response<http::string_body> response(static_cast<http::status>(status), 11);
    response.body() = std::move(body);
    response.prepare_payload();
    co_await http::async_write(stream_.next_layer(), response, kAwait);
  }

  asio::awaitable<bool> Upgrade(const Request& request) {
    auto [error] = co_await stream_.async_accept(request, kAwait);
    co_return !error;
  }

  asio::awaitable<bool> Read(::livekit::SignalRequest& request) {
    auto [error, size] = co_await stream_.async_read(buffer_, kAwait);
    if (error) co_return false;
    const auto data = buffer_.cdata();
    const bool parsed = request.ParseFromArray(data.data(), static_cast<int>(data.size()));
    EXPECT_TRUE(parsed);
    buffer_.consume(buffer_.size());
    co_return parsed;
  }

  void Send(std::string message) {
    queue_.push_back(std::move(message));
    if (std::exchange(writing_, true)) return;
    asio::co_spawn(stream_.get_executor(), WriteQueued(shared_from_this()), Rethrow);
  }

  void CloseWhenSent() { close_when_sent_ = true; }
  void Drop() { stream_.next_layer().close(); }

 private:
  static asio::awaitable<void> WriteQueued(std::shared_ptr<Socket> self) {
    while (!self->queue_.empty()) {
      const std::string message = std::move(self->queue_.front());
      self->queue_.pop_front();
      auto [error, size] = co_await self->stream_.async_write(asio::buffer(message), kAwait);
      if (error) break;
    }
    self->writing_ = false;
    if (self->close_when_sent_) {
      co_await self->stream_.async_close(beast::websocket::close_code::normal, kAwait);
    }
  }

  beast::websocket::stream<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_;
  std::deque<std::string> queue_;
  bool writing_ = false;
  bool close_when_sent_ = false;
};

SfuServer::SfuServer(asio::io_context& io)
    : io_(io), acceptor_(io, {asio::ip::address_v4::loopback(), 0}) {
  asio::co_spawn(io_, Accept(), Rethrow);
}

std::string SfuServer::url() const {
  return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

asio::awaitable<void> SfuServer::Accept() {
  while (true) {
    auto [error, tcp] = co_await acceptor_.async_accept(kAwait);
    if (error) co_return;
    asio::co_spawn(io_, Serve(std::make_shared<Socket>(std::move(tcp))), Rethrow);
  }
}

asio::awaitable<void> SfuServer::Serve(std::shared_ptr<Socket> socket) {
  Socket::Request http_request;
  if (!co_await socket->ReadRequest(http_request)) co_return;
  const std::string target(http_request.target());
  targets.push_back(target);
  authorizations.emplace_back(http_request[http::field::authorization]);
  if (script.refuse_status != 0) {
    const bool validate = target.find("/validate") != std::string::npos;
    co_await socket->Reply(script.refuse_status,
                           validate ? script.validate_body : script.refuse_body);
    co_return;
  }
  if (!co_await socket->Upgrade(http_request)) co_return;
  socket_ = socket;
  Greet(target);
  ::livekit::SignalRequest request;
  while (co_await socket->Read(request)) Handle(request);
  if (socket_ == socket) socket_.reset();
}

void SfuServer::Greet(const std::string& target) {
  ::livekit::SignalResponse response;
  if (target.find("reconnect=1") != std::string::npos) {
    ++resumes;
    if (script.refuse_resume) {
      response.mutable_leave()->set_reason(::livekit::STATE_MISMATCH);
      response.mutable_leave()->set_action(::livekit::LeaveRequest::RECONNECT);
    } else {
      response.mutable_reconnect();
    }
    return Send(response);
  }
  ++joins;
  auto& join = *response.mutable_join();
  join.mutable_room()->set_sid("RM_1");
  join.mutable_room()->set_name("stage");
  join.mutable_participant()->set_sid("PA_" + std::to_string(joins));
  join.mutable_server_info()->set_version("1.13.5");
  join.set_ping_interval(5);
  join.set_ping_timeout(15);
  join.set_subscriber_primary(script.subscriber_primary &&
                              target.find("/rtc/v1") == std::string::npos);
  for (const std::string& mime : script.publish_codecs) {
    join.add_enabled_publish_codecs()->set_mime(mime);
  }
  MakePeer();
  Send(response);
}

void SfuServer::MakePeer() {
  peer_ = std::make_unique<SfuPeer>(io_.get_executor(),
                                    SfuPeer::Callbacks{.on_candidate =
                                                           [this](const sdp::Candidate& candidate) {
                                                             SendCandidate(candidate, false);
                                                           },
                                                       .on_change = [] {}});
}

void SfuServer::Handle(const ::livekit::SignalRequest& request) {
  requests.push_back(request);
  ::livekit::SignalResponse response;
  switch (request.message_case()) {
    case ::livekit::SignalRequest::kAddTrack:
      return OnAddTrack(request.add_track());
    case ::livekit::SignalRequest::kOffer:
      return OnOffer(request.offer());
    case ::livekit::SignalRequest::kTrickle:
      if (auto candidate = livekit::ParseCandidateInit(request.trickle().candidateinit());
          candidate && *candidate) {
        peer_->AddRemoteCandidate(**candidate);
      }
      return;
    case ::livekit::SignalRequest::kPingReq:
      response.mutable_pong_resp()->set_last_ping_timestamp(request.ping_req().timestamp());
      return Send(response);
    case ::livekit::SignalRequest::kLeave:
      response.mutable_leave()->set_reason(::livekit::CLIENT_INITIATED);
      socket_->CloseWhenSent();
      return Send(response);
    default:
      return;
  }
}

void SfuServer::OnAddTrack(const ::livekit::AddTrackRequest& track) {
  ::livekit::SignalResponse response;
  if (script.refuse_tracks) {
    response.mutable_request_response()->set_reason(::livekit::RequestResponse::NOT_ALLOWED);
    *response.mutable_request_response()->mutable_add_track() = track;
  } else {
    auto& published = *response.mutable_track_published();
    published.set_cid(track.cid());
    published.mutable_track()->set_sid(SidOf(track));
    published.mutable_track()->set_name(track.name());
    published.mutable_track()->set_muted(track.muted());
  }
  Send(response);
}

std::string SfuServer::SidOf(const ::livekit::AddTrackRequest& track) {
  const bool video = track.type() == ::livekit::VIDEO;
  std::vector<std::string>& cids = video ? video_cids_ : audio_cids_;
  auto found = std::ranges::find(cids, track.cid());
  if (found == cids.end()) found = cids.insert(cids.end(), track.cid());
  return (video ? "TR_VC" : "TR_AM") + std::to_string(found - cids.begin() + 1);
}

void SfuServer::OnOffer(const ::livekit::SessionDescription& offer) {
  ::livekit::SignalResponse response;
  response.mutable_answer()->set_type("answer");
  response.mutable_answer()->set_sdp(peer_->Answer(offer.sdp()));
  response.mutable_answer()->set_id(offer.id());
  Send(response);
  const auto candidates = peer_->candidates();
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    SendCandidate(candidates[i], i + 1 == candidates.size());
  }
}

void SfuServer::SendCandidate(const sdp::Candidate& candidate, bool final) {
  ::livekit::SignalResponse response;
  response.mutable_trickle()->set_candidateinit(livekit::FormatCandidateInit(candidate));
  response.mutable_trickle()->set_final(final);
  Send(response);
}

void SfuServer::Send(const ::livekit::SignalResponse& response) {
  if (socket_) socket_->Send(response.SerializeAsString());
}

void SfuServer::Drop() {
  if (socket_) socket_->Drop();
  socket_.reset();
}

int SfuServer::Count(::livekit::SignalRequest::MessageCase kind) const {
  return static_cast<int>(std::ranges::count_if(
      requests, [kind](const auto& request) { return request.message_case() == kind; }));
}

}  // namespace ingress::test
