#include "livekit/room_core.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "base/ids.h"
#include "livekit/disconnect.h"
#include "livekit/ice_servers.h"
#include "net/deadline.h"
#include "rtc/warm_up.h"
#include "version/version.h"

namespace ingress::livekit {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kFirstMessageTimeout = 10s;
constexpr auto kGoodbyeTimeout = 2s;
constexpr auto kRoomSidTimeout = 2s;
constexpr int kMaxRedirects = 3;  // alternative server, then single-connection mode

::livekit::SignalRequest LeaveRequest() {
  ::livekit::SignalRequest request;
  request.mutable_leave()->set_reason(::livekit::CLIENT_INITIATED);
  request.mutable_leave()->set_action(::livekit::LeaveRequest::DISCONNECT);
  return request;
}

}  // namespace

RoomCore::RoomCore(asio::any_io_executor executor, RoomOptions options, Room::Callbacks callbacks)
    : executor_(executor),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      token_(options_.token),
      stream_id_(NewId("MS_")),
      watchdog_(executor),
      placeholder_timer_(executor),
      restate_timer_(executor) {
  rtc::WarmUp();
}

asio::awaitable<Result<Room::Joined>> RoomCore::Join() {
  const auto self = shared_from_this();
  auto server = ParseServerUrl(options_.url);
  if (!server) co_return Wrap("join", server.error());
  server_ = std::move(*server);
  server_.ca_cert_file = options_.ca_cert_file;
  if (auto opened = co_await OpenSession(); !opened) co_return Wrap("join", opened.error());
  if (leaving_) {
    DropSession();
    co_return Fail(ErrorCode::kClosed, "join: left meanwhile");
  }

  running_ = true;
  asio::co_spawn(executor_, Run(), [self](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  const TimePoint deadline = Clock::now() + kRoomSidTimeout;
  while (joined_.room_sid.empty() && running_ && Clock::now() < deadline) {
    co_await changed_.WaitUntil(deadline);
  }
  co_return joined_;
}

asio::awaitable<Result<void>> RoomCore::OpenSession() {
  for (int redirects = 0; redirects < kMaxRedirects; ++redirects) {
    SignalParameters parameters;
    if (single_connection_) parameters.join_request = SerializedJoinRequest();
    std::shared_ptr<SignalClient> signal;
    auto first = co_await ConnectSignal(std::move(parameters), signal);
    if (!first) co_return std::unexpected(first.error());
    if (first->has_leave()) {
      signal->Close();
      co_return Fail(ErrorCode::kUnavailable,
                     "refused: " + MakeDisconnect(first->leave().reason(), "").detail);
    }
    if (!first->has_join()) {
      signal->Close();
      co_return Fail(ErrorCode::kMalformed, "the first message is no join response");
    }
    const ::livekit::JoinResponse& join = first->join();
    if (const auto elsewhere = ParseServerUrl(join.alternative_url());
        !join.alternative_url().empty() && elsewhere) {
      server_ = *elsewhere;
      server_.ca_cert_file = options_.ca_cert_file;
    } else if (join.subscriber_primary() && !single_connection_) {
      // The SFU would wait for us to connect a second peer connection, for receiving.
      single_connection_ = true;
    } else {
      co_return AdoptSession(std::move(signal), join);
    }
    co_await SayGoodbye(std::move(signal));
  }
  co_return Fail(ErrorCode::kUnavailable, "the server sends us from one place to the next");
}

asio::awaitable<Result<::livekit::SignalResponse>> RoomCore::ConnectSignal(
    SignalParameters parameters, std::shared_ptr<SignalClient>& signal) {
  auto connected = co_await SignalClient::Connect(server_, token_, std::move(parameters));
  if (!connected) co_return std::unexpected(connected.error());
  signal = std::move(*connected);
  auto first =
      co_await net::WithDeadline(kFirstMessageTimeout, signal->Receive(), "signal: first message");
  if (!first) signal->Close();
  co_return first;
}

Result<void> RoomCore::AdoptSession(std::shared_ptr<SignalClient> signal,
                                    const ::livekit::JoinResponse& join) {
  signal_ = std::move(signal);
  ending_.reset();
  joined_ = {.room_sid = join.room().sid(),
             .room_name = join.room().name(),
             .participant_sid = join.participant().sid(),
             .server_version =
                 join.has_server_info() ? join.server_info().version() : join.server_version(),
             .publish_codecs = {}};
  for (const ::livekit::Codec& codec : join.enabled_publish_codecs()) {
    joined_.publish_codecs.push_back(codec.mime());
  }
  if (join.ping_interval() > 0) ping_interval_ = std::chrono::seconds(join.ping_interval());
  if (join.ping_timeout() > 0) ping_timeout_ = std::chrono::seconds(join.ping_timeout());
  if (auto made = MakeConnection(join); !made) {
    signal_->Close();
    return made;
  }
  signal_->StartKeepAlive(ping_interval_, ping_timeout_);
  SendAttributes();
  ArmEarlyTransport();
  audience_.OnJoin(join);
  TellAudience();
  return {};
}

Result<void> RoomCore::MakeConnection(const ::livekit::JoinResponse& join) {
  auto certificate = rtc::Certificate::Make();
  if (!certificate) return std::unexpected(certificate.error());
  rtc::PeerConnection::Callbacks callbacks;
  callbacks.on_local_candidate = [this](const sdp::Candidate& candidate) {
    OnLocalCandidate(candidate);
  };
  callbacks.on_connected = [this] { OnConnected(); };
  callbacks.on_failed = [this](Error error) { OnConnectionFailed(std::move(error)); };
  callbacks.on_key_frame_request = [this](std::size_t section, std::size_t layer) {
    if (!video_ || video_->publication.section != section) return;
    if (const auto callback = callbacks_.on_key_frame_request) callback(layer);
  };
  callbacks.on_uplink = [this](std::uint32_t bits_per_second) { OnUplink(bits_per_second); };
  rtc::IceAgent::Options ice =
      IceOptionsFor(join.ice_servers(), join.client_configuration(), signal_->remote_address());
  TunnelTls(ice.servers);
  auto connection = rtc::PeerConnection::Make(
      executor_, std::move(*certificate),
      {.clock = options_.clock, .cname = stream_id_, .ice = std::move(ice)}, std::move(callbacks));
  if (!connection) return std::unexpected(connection.error());
  connection_ = std::move(*connection);
  if (uplink_ != Room::kUnlimited) OnUplink(Room::kUnlimited);  // nothing is known of the new path
  return {};
}

void RoomCore::OnUplink(std::uint32_t bits_per_second) {
  uplink_ = bits_per_second;
  if (const auto callback = callbacks_.on_uplink) callback(bits_per_second);
}

/// Replaces TURN servers over TLS by tunnels to them. One that cannot be had is left out.
void RoomCore::TunnelTls(std::vector<rtc::IceServer>& servers) {
  std::erase_if(servers, [this](rtc::IceServer& server) {
    if (server.kind != rtc::IceServer::Kind::kTurnTls) return false;
    auto tunnel = TlsTunnel::Open(executor_, {.tls = true,
                                              .host = server.host,
                                              .port = server.port,
                                              .path = {},
                                              .ca_cert_file = options_.ca_cert_file});
    if (!tunnel) return true;
    server.kind = rtc::IceServer::Kind::kTurnTcp;
    server.host = "127.0.0.1";
    server.port = (*tunnel)->port();
    tunnels_.push_back(std::move(*tunnel));
    return false;
  });
}

void RoomCore::SetParticipant(std::string name, std::string metadata) {
  if (!name.empty()) options_.participant_name = std::move(name);
  if (!metadata.empty()) options_.participant_metadata = std::move(metadata);
  if (signal_) SendAttributes();
}

void RoomCore::SendAttributes() {
  const bool as_in_token =
      options_.participant_name.empty() && options_.participant_metadata.empty();
  if (options_.attributes.empty() && as_in_token) return;
  ::livekit::SignalRequest request;
  auto& update = *request.mutable_update_metadata();
  update.set_name(options_.participant_name);
  update.set_metadata(options_.participant_metadata);
  for (const auto& [key, value] : options_.attributes) (*update.mutable_attributes())[key] = value;
  update.set_request_id(1);
  signal_->Send(request);
}

std::string RoomCore::SerializedJoinRequest() const {
  ::livekit::JoinRequest request;
  auto& client = *request.mutable_client_info();
  client.set_sdk(::livekit::ClientInfo::CPP);
  client.set_version(std::string(Version()));
  client.set_protocol(17);
  client.set_os("linux");
  request.mutable_connection_settings()->set_auto_subscribe(false);
  return request.SerializeAsString();
}

asio::awaitable<void> RoomCore::SayGoodbye(std::shared_ptr<SignalClient> signal) {
  signal->Send(LeaveRequest());
  const TimePoint deadline = Clock::now() + kGoodbyeTimeout;
  while (!signal->closed() && Clock::now() < deadline) {
    auto last = co_await net::WithDeadline(deadline - Clock::now(), signal->Receive(), "goodbye");
    if (!last) break;
  }
  signal->Close();
}

asio::awaitable<void> RoomCore::Leave() {
  const auto self = shared_from_this();
  leaving_ = true;
  watchdog_.cancel();
  placeholder_timer_.cancel();
  restate_timer_.cancel();
  if (signal_) signal_->Send(LeaveRequest());
  // Run() reads the server's echo and its close.
  const TimePoint deadline = Clock::now() + kGoodbyeTimeout;
  while (running_ && signal_ && Clock::now() < deadline) co_await changed_.WaitUntil(deadline);
  DropSession();
  const TimePoint last_call = Clock::now() + kGoodbyeTimeout;
  while (running_ && Clock::now() < last_call) co_await changed_.WaitUntil(last_call);
}

void RoomCore::Abandon() {
  leaving_ = true;
  callbacks_ = {};
  watchdog_.cancel();
  placeholder_timer_.cancel();
  restate_timer_.cancel();
  if (signal_) signal_->Close();
  // Perhaps we are in one of its callbacks.
  asio::post(executor_, [self = shared_from_this()] { self->DropSession(); });
}

void RoomCore::DropSession() {
  if (signal_) signal_->Close();
  signal_.reset();
  connection_.reset();
  // What they say of their place in a connection is over with it: the next one calls back before
  // the tracks are offered on it.
  for (Publication* publication : Publications()) publication->Reset();
  for (const auto& tunnel : tunnels_) tunnel->Close();
  tunnels_.clear();
  offer_id_ = 0;
  offer_pending_ = false;
  offer_wanted_ = false;
  resumed_ = false;
  readiness_known_ = false;
}

}  // namespace ingress::livekit
