#include "whip_transport/transport.h"

#include <algorithm>
#include <array>
#include <utility>

#include "whip_transport/packet_kind.h"

namespace ingress::whip_transport {
namespace {

End EndOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kClosed:
      return End::kClosedByPeer;
    case ErrorCode::kTimeout:
      return End::kNoDtls;
    default:
      return End::kRefused;
  }
}

Error Explained(End end) {
  switch (end) {
    case End::kNoIce:
      return {ErrorCode::kTimeout, "ICE: no check of the client's has arrived"};
    case End::kNoDtls:
      return {ErrorCode::kTimeout, "DTLS: the client does not finish the handshake"};
    default:
      return {ErrorCode::kTimeout, "nothing has come from the client any more"};
  }
}

}  // namespace

Result<std::unique_ptr<Transport>> Transport::Make(const boost::asio::any_io_executor& executor,
                                                   const rtc::Certificate& certificate,
                                                   Options options, Callbacks callbacks) {
  auto agent = ice_lite::Agent::Make(options.ice, std::move(options.remote_ufrag));
  if (!agent) return std::unexpected(std::move(agent.error()));
  auto link = DtlsSrtp::Make(certificate,
                             {.role = options.role, .fingerprint = std::move(options.fingerprint)});
  if (!link) return std::unexpected(std::move(link.error()));
  std::unique_ptr<Transport> transport(new Transport(executor, std::move(*agent), std::move(*link),
                                                     options.role, std::move(callbacks)));
  transport->ArmTimer();
  return transport;
}

Transport::Transport(const boost::asio::any_io_executor& executor, ice_lite::Agent agent,
                     DtlsSrtp link, rtc::DtlsRole role, Callbacks callbacks)
    : executor_(executor),
      callbacks_(std::move(callbacks)),
      agent_(std::move(agent)),
      link_(std::move(link)),
      role_(role),
      liveness_(Clock::now()),
      timer_(executor) {}

Transport::~Transport() { Close(); }

void Transport::AddPeer(Peer peer) {
  if (ended_) return;
  const stun::TransportAddress remote = RemoteAddress(peer.socket.get());
  const auto same = std::ranges::find(connections_, remote,
                                      [](const auto& entry) { return entry.second.remote; });
  if (same != connections_.end()) Forget(same->first);
  const ice_lite::PairId pair = next_pair_++;
  if (const auto gone = agent_.AddPair(pair, remote, peer.tcp, Clock::now())) Forget(*gone);
  connections_[pair] = {
      .remote = remote,
      .socket = PeerSocket::Open(executor_, pair, std::move(peer), batch_, SocketCallbacks())};
}

void Transport::SendRtcp(ByteView packet) {
  if (!connected()) {
    ++stats_.drops["rtcp_unsent"];
    return;
  }
  const auto sealed = link_.ProtectRtcp(packet);
  if (!sealed) {
    ++stats_.drops["rtcp_refused"];
    return;
  }
  ++stats_.rtcp_packets_sent;
  SendOnSelected(*sealed);
}

Result<void> Transport::RestartIce(const sdp::IceCredentials& ice, std::string remote_ufrag) {
  return agent_.Restart(ice, std::move(remote_ufrag), Clock::now());
}

void Transport::Close() {
  if (ended_) return;
  ended_ = true;
  link_.Close();
  FlushDtls();
  for (auto& [pair, connection] : connections_) connection.socket->Close();
  connections_.clear();
  timer_.cancel();
}

Transport::Stats Transport::stats(TimePoint now) const {
  Stats stats = stats_;
  stats.pairs = agent_.stats(now);
  stats.ice_after = liveness_.ice_after();
  stats.dtls_after = liveness_.dtls_after();
  stats.dtls_state = dtls_state();
  stats.dtls_role = role_;
  stats.dtls_version = link_.version();
  stats.dtls_cipher = link_.cipher();
  stats.profile = link_.profile();
  stats.ice_restarts = agent_.restarts();
  return stats;
}

Transport::DtlsState Transport::dtls_state() const {
  if (ended_) return DtlsState::kClosed;
  if (link_.connected()) return DtlsState::kConnected;
  return started_ ? DtlsState::kConnecting : DtlsState::kNew;
}

PeerSocket::Callbacks Transport::SocketCallbacks() {
  // A socket is closed before the transport goes, and calls nothing then.
  return {.on_packet = [this](ice_lite::PairId pair, std::span<std::uint8_t> packet,
                              TimePoint arrival) { OnPacket(pair, packet, arrival); },
          .on_batch = [this] { callbacks_.on_batch(); },
          .on_lost = [this](ice_lite::PairId pair) { Forget(pair); }};
}

void Transport::Forget(ice_lite::PairId pair) {
  agent_.RemovePair(pair);
  const auto found = connections_.find(pair);
  if (found == connections_.end()) return;
  found->second.socket->Close();
  connections_.erase(found);
}

void Transport::OnPacket(ice_lite::PairId pair, std::span<std::uint8_t> packet, TimePoint arrival) {
  const PacketKind kind = KindOf(packet);
  if (kind == PacketKind::kStun) return OnStun(pair, packet, arrival);
  // The peer at this address has not shown that it knows the password: it gets nothing.
  if (!agent_.validated(pair)) {
    ++stats_.drops["not_checked"];
  } else if (kind == PacketKind::kDtls) {
    OnDtls(link_.OnDtls(packet));
  } else if (kind == PacketKind::kUnknown) {
    ++stats_.drops["unknown"];
  } else {
    OnMedia(pair, packet, arrival);
  }
}

void Transport::OnStun(ice_lite::PairId pair, ByteView packet, TimePoint arrival) {
  const std::uint64_t restarts = agent_.restarts();
  const Bytes answer = agent_.OnStun(pair, packet, arrival);
  if (answer.empty()) {
    ++stats_.drops["stun_refused"];
    return;
  }
  if (const auto found = connections_.find(pair); found != connections_.end()) {
    found->second.socket->Send(answer);
  }
  OnAlive(pair, arrival);
  if (agent_.restarts() != restarts) callbacks_.on_ice_restarted();
  if (!agent_.validated(pair)) return;
  liveness_.OnIce(arrival);
  // The first flight goes behind the answer: a client that waits for that would throw an earlier
  // ClientHello away.
  if (!std::exchange(started_, true) && role_ == rtc::DtlsRole::kClient) OnDtls(link_.Start());
}

void Transport::OnMedia(ice_lite::PairId pair, std::span<std::uint8_t> packet, TimePoint arrival) {
  if (!link_.connected()) {
    if (early_.size() == kMaxEarlyPackets) {
      ++stats_.drops["early"];
      return;
    }
    early_.push_back({.pair = pair, .packet = {packet.begin(), packet.end()}, .arrival = arrival});
    return;
  }
  const bool rtcp = KindOf(packet) == PacketKind::kRtcp;
  const auto size = rtcp ? link_.OpenRtcp(packet) : link_.OpenRtp(packet);
  if (!size) {
    ++stats_.drops[size.error()];
    return;
  }
  OnAlive(pair, arrival);
  const ByteView opened = packet.first(*size);
  if (rtcp) {
    ++stats_.rtcp_packets;
    callbacks_.on_rtcp(opened, arrival);
  } else {
    ++stats_.rtp_packets;
    stats_.rtp_bytes += opened.size();
    callbacks_.on_rtp(opened, arrival);
  }
}

void Transport::OnDtls(Result<void> result) {
  FlushDtls();
  if (!result) return Finish(EndOf(result.error()), std::move(result.error()));
  if (link_.connected() && !liveness_.dtls_after()) {
    const TimePoint now = Clock::now();
    liveness_.OnAuthentic(now);
    liveness_.OnDtls(now);
    callbacks_.on_connected();
    TakeEarlyPackets();
  }
  ArmTimer();
}

void Transport::OnAlive(ice_lite::PairId pair, TimePoint arrival) {
  agent_.OnAuthentic(pair, arrival);
  liveness_.OnAuthentic(arrival);
  if (std::exchange(silent_, false)) callbacks_.on_silent(false);
}

void Transport::TakeEarlyPackets() {
  for (EarlyPacket& early : std::exchange(early_, {})) {
    if (!ended_) OnMedia(early.pair, early.packet, early.arrival);
  }
}

void Transport::SendOnSelected(ByteView packet) {
  const auto pair = agent_.selected();
  const auto found = pair ? connections_.find(*pair) : connections_.end();
  if (found != connections_.end()) found->second.socket->Send(packet);
}

void Transport::FlushDtls() {
  for (const Bytes& datagram : link_.TakeOutput()) SendOnSelected(datagram);
}

void Transport::Finish(End end, Error error) {
  if (ended_) return;
  Close();
  callbacks_.on_ended(end, std::move(error));
}

void Transport::ArmTimer() {
  if (ended_) return;
  const TimePoint now = Clock::now();
  TimePoint deadline = liveness_.deadline(now);
  if (started_ && !link_.connected()) {
    deadline = std::min(deadline, link_.NextDeadline(now).value_or(deadline));
  }
  // A timer that fires too early costs one look, moving it costs more.
  if (armed_for_ && *armed_for_ <= deadline) return;
  armed_for_ = deadline;
  timer_.expires_at(deadline);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code error) {
    if (!error && !alive.expired()) OnTimer();
  });
}

void Transport::OnTimer() {
  armed_for_.reset();
  if (ended_) return;
  const TimePoint now = Clock::now();
  if (const auto end = liveness_.Expired(now)) return Finish(*end, Explained(*end));
  if (liveness_.Silent(now) && !std::exchange(silent_, true)) callbacks_.on_silent(true);
  if (started_ && !link_.connected()) return OnDtls(link_.HandleTimeout());
  ArmTimer();
}

std::string_view ToString(Transport::DtlsState state) {
  constexpr std::array<std::string_view, 4> kNames = {"new", "connecting", "connected", "closed"};
  return kNames.at(static_cast<std::size_t>(state));
}

}  // namespace ingress::whip_transport
