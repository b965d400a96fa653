#include "whip_source/client.h"

#include <algorithm>
#include <utility>

#include "sdp/negotiate.h"
#include "whip_source/receiver_config_of.h"

namespace ingress::whip_source {
namespace {

namespace asio = boost::asio;
using whip_transport::End;
using whip_transport::Transport;

// Each layer that a client may have is one of a unit's.
static_assert(sdp::kMaxNegotiatedRids <= stream::kMaxSenderLayers);

ipc::WhipEnded::Cause CauseOf(End end) {
  switch (end) {
    case End::kNoIce:
    case End::kNoDtls:
      return ipc::WhipEnded::NOT_CONNECTED;
    case End::kClosedByPeer:
      return ipc::WhipEnded::CLOSED_BY_PEER;
    case End::kSilent:
      return ipc::WhipEnded::SILENT;
    case End::kRefused:
      break;
  }
  return ipc::WhipEnded::REFUSED;
}

Transport::Options TransportOptionsOf(const sdp::Negotiation& negotiation) {
  const bool client = negotiation.dtls_role == sdp::DtlsRole::kClient;
  return {.ice = negotiation.local_ice,
          .remote_ufrag = negotiation.remote_ice.ufrag,
          .fingerprint = negotiation.remote_fingerprint,
          .role = client ? rtc::DtlsRole::kClient : rtc::DtlsRole::kServer};
}

std::size_t LayersOf(const sdp::Negotiation& negotiation) {
  return negotiation.video ? std::max<std::size_t>(negotiation.video->rids.size(), 1) : 1;
}

}  // namespace

Result<std::unique_ptr<Client>> Client::Make(const asio::any_io_executor& executor,
                                             const rtc::Certificate& certificate,
                                             const sdp::Negotiation& negotiation,
                                             std::string encoder, bool all_layers,
                                             Callbacks callbacks, observability::Logger logger) {
  std::unique_ptr<Client> client(new Client(executor, negotiation, std::move(encoder), all_layers,
                                            std::move(callbacks), std::move(logger)));
  auto transport = Transport::Make(executor, certificate, TransportOptionsOf(negotiation),
                                   client->TransportCallbacks());
  if (!transport) return std::unexpected(std::move(transport.error()));
  client->transport_ = std::move(*transport);
  return client;
}

Client::Client(const asio::any_io_executor& executor, const sdp::Negotiation& negotiation,
               std::string encoder, bool all_layers, Callbacks callbacks,
               observability::Logger logger)
    : callbacks_(std::move(callbacks)),
      logger_(std::move(logger)),
      receiver_(ReceiverConfigOf(negotiation, all_layers), Clock::now()),
      poll_(executor) {
  units_.emplace_back(
      stream::Metadata{.encoder = std::move(encoder),
                       .tracks = stream::Metadata::Tracks{.video = negotiation.video.has_value(),
                                                          .audio = negotiation.audio.has_value()},
                       .video_layers = all_layers ? LayersOf(negotiation) : 1});
}

Transport::Callbacks Client::TransportCallbacks() {
  return {
      .on_rtp = [this](ByteView packet, TimePoint arrival) { receiver_.OnRtp(packet, arrival); },
      .on_rtcp = [this](ByteView packet, TimePoint arrival) { receiver_.OnRtcp(packet, arrival); },
      .on_batch = [this] { Poll(); },
      .on_connected = [this] { OnConnected(); },
      .on_silent =
          [this](bool silent) {
            logger_.Info(silent ? "nothing comes from the client" : "the client is back");
            ipc::WhipEvent event;
            event.mutable_silence()->set_silent(silent);
            callbacks_.on_event(std::move(event));
          },
      .on_ice_restarted =
          [this] {
            ipc::WhipEvent event;
            event.mutable_ice_restarted();
            callbacks_.on_event(std::move(event));
          },
      .on_ended = [this](End end, const Error& error) { OnEnded(end, error); }};
}

void Client::OnConnected() {
  connected_ = true;
  const auto stats = transport_->stats(Clock::now());
  const auto in_ms = [](const std::optional<Clock::duration>& after) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(after.value_or(Clock::duration{}))
        .count();
  };
  logger_.Info("the WHIP client is connected",
               {{"iceMs", in_ms(stats.ice_after)}, {"dtlsMs", in_ms(stats.dtls_after)}});
  ipc::WhipEvent event;
  event.mutable_connected();
  callbacks_.on_event(std::move(event));
  callbacks_.on_change();
}

void Client::OnEnded(End end, const Error& error) {
  over_ = true;
  poll_.cancel();
  logger_.Info("the WHIP client's connection ended",
               {{"end", whip_transport::ToString(end)}, {"error", error}});
  ipc::WhipEvent event;
  event.mutable_ended()->set_cause(CauseOf(end));
  event.mutable_ended()->set_detail(error.context);
  callbacks_.on_event(std::move(event));
  callbacks_.on_change();
}

void Client::AddPeer(ipc::WhipPeer& peer, UniqueFd socket) {
  if (over_ || !socket) return;
  const std::string& received = peer.received();
  transport_->AddPeer({.socket = std::move(socket),
                       .tcp = peer.tcp(),
                       .received = Bytes(received.begin(), received.end())});
}

Result<void> Client::RestartIce(const ipc::WhipIce& ice) {
  return transport_->RestartIce({.ufrag = ice.ufrag(), .password = ice.password()},
                                ice.remote_ufrag());
}

void Client::RequestKeyFrame(std::size_t layer) {
  receiver_.RequestKeyFrame(layer);
  if (!over_) Poll();
}

stream::Units Client::TakeUnits() { return std::exchange(units_, {}); }

ClientStats Client::stats() const {
  return {.transport = transport_->stats(Clock::now()), .receiver = receiver_.stats()};
}

void Client::Close() {
  over_ = true;
  poll_.cancel();
  transport_->Close();
}

/// Takes what is ready, sends what is due.
void Client::Poll() {
  auto output = receiver_.Poll(Clock::now());
  for (const Bytes& packet : output.rtcp) transport_->SendRtcp(packet);
  const bool came = !output.units.empty();
  for (stream::Unit& unit : output.units) units_.push_back(std::move(unit));
  Arm();
  if (came) callbacks_.on_change();
}

void Client::Arm() {
  const TimePoint deadline = receiver_.deadline();
  if (deadline == armed_for_ || over_) return;
  armed_for_ = deadline;
  poll_.expires_at(deadline);
  poll_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& moved) {
    if (moved || alive.expired()) return;
    armed_for_ = TimePoint::max();
    if (!over_) Poll();
  });
}

}  // namespace ingress::whip_source
