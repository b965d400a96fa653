#include "rtc/peer_connection.h"

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "rtp/rtcp.h"

namespace ingress::rtc {
namespace {

constexpr std::uint32_t kAudioClockRate = 48'000;
constexpr std::uint32_t kVideoClockRate = 90'000;

// Changes of the uplink that are told, relative to what was told last.
constexpr double kNotableFall = 0.02;
constexpr double kNotableRise = 0.08;
constexpr std::chrono::seconds kUplinkRepeat{1};

// A datagram's first byte tells its protocol (RFC 7983 §7); STUN never leaves libnice.
bool IsDtls(ByteView datagram) {
  return !datagram.empty() && datagram[0] >= 20 && datagram[0] <= 63;
}

std::uint32_t NewSsrc() {
  // 0 means a probe to the SFU.
  const std::uint32_t ssrc = RandomU32();
  return ssrc != 0 ? ssrc : 1;
}

std::uint64_t NewSessionId() {
  return (static_cast<std::uint64_t>(RandomU32()) << 32 | RandomU32()) >> 1;
}

std::uint8_t ExtensionId(const sdp::AnswerSection& answer, std::string_view uri) {
  return static_cast<std::uint8_t>(answer.extension_id(uri));
}

rtp::ExtensionIds ExtensionsOf(const sdp::AnswerSection& answer, int payload_type) {
  rtp::ExtensionIds ids{.mid = ExtensionId(answer, sdp::kMidUri),
                        .rid = ExtensionId(answer, sdp::kRidUri),
                        .repaired_rid = ExtensionId(answer, sdp::kRepairedRidUri),
                        .audio_level = ExtensionId(answer, sdp::kAudioLevelUri)};
  if (answer.accepts_feedback(payload_type, "transport-cc")) {
    ids.transport_seq = ExtensionId(answer, sdp::kTransportSeqUri);
  }
  return ids;
}

}  // namespace

Result<std::unique_ptr<PeerConnection>> PeerConnection::Make(boost::asio::any_io_executor executor,
                                                             Certificate certificate,
                                                             Options options, Callbacks callbacks) {
  IceAgent::Options ice = std::move(options.ice);
  std::unique_ptr<PeerConnection> connection(new PeerConnection(
      std::move(executor), std::move(certificate), options, std::move(callbacks)));
  if (auto made = connection->MakeAgent(ice); !made) {
    return std::unexpected(made.error());
  }
  connection->offers_.emplace(NewSessionId(), "sha-256 " + connection->certificate_.fingerprint(),
                              options.cname, connection->ice_->local_credentials());
  return connection;
}

PeerConnection::PeerConnection(boost::asio::any_io_executor executor, Certificate certificate,
                               const Options& options, Callbacks callbacks)
    : executor_(executor),
      certificate_(std::move(certificate)),
      callbacks_(std::move(callbacks)),
      clock_(options.clock),
      rtp_({.clock = options.clock, .cname = options.cname, .pacer = {}}),
      timer_(executor) {}

PeerConnection::~PeerConnection() {
  if (!dtls_) return;
  dtls_->Close();
  FlushDtls();
}

Result<void> PeerConnection::MakeAgent(const IceAgent::Options& options) {
  IceAgent::Callbacks callbacks{
      .on_candidate =
          [this](const sdp::Candidate& candidate) { callbacks_.on_local_candidate(candidate); },
      .on_state = [this](IceAgent::State state) { OnIceState(state); },
      .on_datagram = [this](Bytes datagram) { OnDatagram(std::move(datagram)); }};
  auto agent = IceAgent::Make(executor_, options, std::move(callbacks));
  if (!agent) return std::unexpected(agent.error());
  ice_ = std::move(*agent);
  return ice_->Gather();
}

std::size_t PeerConnection::AddAudio(AudioSection section) {
  const std::uint32_t ssrc = NewSsrc();
  std::string mid = offers_->AddAudio({.stream_id = std::move(section.stream_id),
                                       .track_id = std::move(section.track_id),
                                       .ssrc = ssrc,
                                       .stereo = section.stereo});
  sections_.push_back({.mid = std::move(mid),
                       .format = rtp::PayloadFormat::kOpus,
                       .timestamp_base = RandomU32(),
                       .bitrate = section.bitrate,
                       .layers = {{.ssrc = ssrc, .rid = {}}}});
  return sections_.size() - 1;
}

std::size_t PeerConnection::AddVideo(VideoSection section) {
  const bool vp8 = section.codec == VideoCodec::kVp8;
  Section added{.mid = {},
                .format = vp8 ? rtp::PayloadFormat::kVp8 : rtp::PayloadFormat::kH264,
                .timestamp_base = RandomU32(),
                .bitrate = section.bitrate,
                .layers = {}};
  for (const std::string& rid : section.rids) {
    added.layers.push_back({.ssrc = NewSsrc(), .rtx_ssrc = NewSsrc(), .rid = rid});
  }
  sdp::VideoOffer offer{.stream_id = std::move(section.stream_id),
                        .track_id = std::move(section.track_id),
                        .codec = vp8 ? sdp::OfferedVideoCodec::kVp8 : sdp::OfferedVideoCodec::kH264,
                        .rids = std::move(section.rids),
                        .rtx = true,
                        .transport_cc = true};
  if (added.layers.empty()) {
    added.layers.push_back({.ssrc = NewSsrc(), .rtx_ssrc = NewSsrc(), .rid = {}});
    offer.ssrc = added.layers.front().ssrc;
    offer.rtx_ssrc = added.layers.front().rtx_ssrc;
  }
  added.mid = offers_->AddVideo(offer);
  sections_.push_back(std::move(added));
  return sections_.size() - 1;
}

std::size_t PeerConnection::AddPlaceholderSection() {
  sections_.push_back({.mid = offers_->AddPlaceholderSection(), .layers = {}});
  return sections_.size() - 1;
}

void PeerConnection::RemoveSection(std::size_t section) {
  Section& removed = sections_.at(section);
  for (const Layer& layer : removed.layers) rtp_.RemoveSender(layer.ssrc);
  removed.layers.clear();
  removed.bitrate = 0;
  rtp_.OnStreamsChanged(Clock::now());
  offers_->Deactivate(removed.mid);
}

std::string PeerConnection::CreateOffer() {
  offers_->SetCandidates(ice_->local_candidates());
  return offers_->Build();
}

Result<void> PeerConnection::SetAnswer(std::string_view text) {
  const auto answer = sdp::ParseAnswer(text);
  if (!answer) return Wrap("answer", answer.error());
  if (answer->sections.empty()) return Fail(ErrorCode::kMalformed, "answer: no media section");
  if (auto applied = ApplyTransport(answer->sections.front()); !applied) return applied;
  for (Section& section : sections_) {
    if (section.layers.empty() || section.layers.front().sender != nullptr) continue;
    const sdp::AnswerSection* answered = answer->section(section.mid);
    if (answered == nullptr) {
      return Fail(ErrorCode::kMalformed, "answer: no section with mid " + section.mid);
    }
    if (auto applied = ApplySection(section, *answered); !applied) return applied;
    rtp_.OnStreamsChanged(Clock::now());
  }
  ApplyBitrate();
  return {};
}

Result<void> PeerConnection::ApplyTransport(const sdp::AnswerSection& section) {
  if (!section.ice || !section.fingerprint) {
    return Fail(ErrorCode::kMalformed, "answer: ice credentials or fingerprint missing");
  }
  if (section.ice != remote_credentials_) {
    remote_credentials_ = section.ice;
    ice_->SetRemoteCredentials(*section.ice);
  }
  for (const sdp::Candidate& candidate : section.candidates) AddRemoteCandidate(candidate);
  if (dtls_) return {};

  // We offer actpass; a peer that answers "active" is the client (RFC 5763 §5).
  const bool peer_is_client =
      section.setup.value_or(sdp::SetupRole::kActive) == sdp::SetupRole::kActive;
  auto dtls = DtlsTransport::Make(certificate_,
                                  {.role = peer_is_client ? DtlsRole::kServer : DtlsRole::kClient,
                                   .fingerprint = *section.fingerprint});
  if (!dtls) return std::unexpected(dtls.error());
  dtls_ = std::move(*dtls);
  if (peer_is_client) return dtls_->Start();
  return {};
}

Result<void> PeerConnection::ApplySection(Section& section, const sdp::AnswerSection& answer) {
  const bool takes_media = answer.direction == sdp::Direction::kReceiveOnly ||
                           answer.direction == sdp::Direction::kSendReceive;
  if (answer.rejected() || !takes_media) {
    return Fail(ErrorCode::kUnsupported, "answer: section " + section.mid + " is refused");
  }
  for (Layer& layer : section.layers) {
    layer.sender = &rtp_.AddSender(SenderOptionsFor(section, layer, answer));
  }
  return {};
}

rtp::SenderOptions PeerConnection::SenderOptionsFor(const Section& section, const Layer& layer,
                                                    const sdp::AnswerSection& answer) const {
  const bool audio = section.format == rtp::PayloadFormat::kOpus;
  const int payload_type = audio ? sdp::kOpusPayloadType : sdp::kVideoPayloadType;
  rtp::SenderOptions options{.format = section.format,
                             .ssrc = layer.ssrc,
                             .payload_type = static_cast<std::uint8_t>(payload_type),
                             .clock_rate = audio ? kAudioClockRate : kVideoClockRate,
                             .timestamp_base = section.timestamp_base,
                             .rtx_ssrc = {},
                             .rtx_payload_type = {},
                             .extensions = ExtensionsOf(answer, payload_type),
                             .mid = section.mid,
                             .rid = layer.rid,
                             .history = {},
                             .first_sequence = {}};
  if (!audio && answer.codec(sdp::kRtxPayloadType) != nullptr) {
    options.rtx_ssrc = layer.rtx_ssrc;
    options.rtx_payload_type = static_cast<std::uint8_t>(sdp::kRtxPayloadType);
  }
  return options;
}

void PeerConnection::ApplyBitrate() {
  std::uint64_t bitrate = 0;
  for (const Section& section : sections_) bitrate += section.bitrate;
  if (bitrate != 0) rtp_.SetBitrate(bitrate);
}

void PeerConnection::AddRemoteCandidate(const sdp::Candidate& candidate) {
  // Left over from before an ICE restart.
  if (!candidate.ufrag.empty() && remote_credentials_ &&
      candidate.ufrag != remote_credentials_->ufrag) {
    return;
  }
  ice_->AddRemoteCandidate(candidate);
}

void PeerConnection::SetRemoteGatheringDone() { ice_->SetRemoteGatheringDone(); }

void PeerConnection::RestartIce() {
  ice_->Restart();
  remote_credentials_.reset();
  offers_->SetIceCredentials(ice_->local_credentials());
  rtp_.OnTransportRestart();
}

void PeerConnection::Send(std::size_t section, std::size_t layer, const EncodedFrame& frame,
                          std::optional<int> level_dbov) {
  rtp::RtpSender* sender = sections_.at(section).layers.at(layer).sender;
  if (sender == nullptr || !sender_) return;
  if (!sender->Send(frame, Clock::now(), level_dbov)) return;
  if (batching_) {
    poll_due_ = true;
  } else {
    Poll();
  }
}

void PeerConnection::SetRtpOffset(std::size_t section, std::size_t layer, SessionTime offset) {
  rtp::RtpSender* sender = sections_.at(section).layers.at(layer).sender;
  if (sender != nullptr) sender->SetRtpOffset(offset);
}

void PeerConnection::EndBatch() {
  batching_ = false;
  if (std::exchange(poll_due_, false) && sender_) Poll();
}

rtp::SenderStats PeerConnection::stats(std::size_t section, std::size_t layer) const {
  const rtp::RtpSender* sender = sections_.at(section).layers.at(layer).sender;
  return sender != nullptr ? sender->stats() : rtp::SenderStats{};
}

std::uint32_t PeerConnection::ssrc(std::size_t section, std::size_t layer) const {
  return sections_.at(section).layers.at(layer).ssrc;
}

void PeerConnection::OnIceState(IceAgent::State state) {
  const bool was_connected = std::exchange(ice_connected_, state == IceAgent::State::kConnected);
  if (state == IceAgent::State::kFailed) {
    callbacks_.on_failed({ErrorCode::kUnavailable, "ice: no path to the peer"});
    return;
  }
  if (!ice_connected_ || was_connected) return;
  if (sender_) {
    callbacks_.on_connected();
  } else if (dtls_) {
    OnDtls(dtls_->Start());  // the client's first flight; for the server it is a no-op
  }
}

void PeerConnection::OnDatagram(Bytes datagram) {
  if (IsDtls(datagram)) {
    if (dtls_) OnDtls(dtls_->Receive(datagram));
  } else if (receiver_ && rtp::IsRtcp(datagram)) {
    OnRtcp(std::move(datagram));
  }
}

void PeerConnection::OnDtls(Result<void> result) {
  FlushDtls();
  ArmTimer();
  if (!result) {
    callbacks_.on_failed(std::move(result.error()));
    return;
  }
  if (sender_ || !dtls_->keys()) return;
  const srtp::Keys& keys = *dtls_->keys();
  auto sender = srtp::Outbound::Make(keys.profile, keys.local);
  auto receiver = srtp::RtcpInbound::Make(keys.profile, keys.remote);
  if (!sender || !receiver) {
    callbacks_.on_failed(!sender ? sender.error() : receiver.error());
    return;
  }
  sender_ = std::make_unique<PacketBatch>(std::move(*sender), *ice_);
  receiver_ = std::move(*receiver);
  dtls_->ForgetKeys();
  if (ice_connected_) callbacks_.on_connected();
}

void PeerConnection::OnRtcp(Bytes datagram) {
  if (!receiver_->Unprotect(datagram)) return;  // forged, repeated or damaged: not for us
  const auto events = rtp_.ReceiveRtcp(datagram, Clock::now());
  if (!events) return;
  Poll();
  TellUplink();
  for (const std::uint32_t wanted : events->key_frame_requests) OnKeyFrameRequest(wanted);
}

void PeerConnection::TellUplink() {
  const auto uplink = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(rtp_.uplink().value_or(kUnlimited), kUnlimited));
  const double change = static_cast<double>(uplink) / reported_uplink_;
  const bool notable = change <= 1 - kNotableFall || change >= 1 + kNotableRise;
  // Repeated, because what is done about a limit depends on how long it has lasted.
  const TimePoint now = Clock::now();
  const bool due = uplink != kUnlimited && now - reported_uplink_at_ >= kUplinkRepeat;
  if (!notable && !due) return;
  reported_uplink_ = uplink;
  reported_uplink_at_ = now;
  if (callbacks_.on_uplink) callbacks_.on_uplink(uplink);
}

void PeerConnection::OnKeyFrameRequest(std::uint32_t wanted) {
  for (std::size_t section = 0; section < sections_.size(); ++section) {
    const std::vector<Layer>& layers = sections_[section].layers;
    const auto found = std::ranges::find(layers, wanted, &Layer::ssrc);
    if (found == layers.end()) continue;
    callbacks_.on_key_frame_request(section, static_cast<std::size_t>(found - layers.begin()));
    return;
  }
}

void PeerConnection::FlushDtls() {
  for (const Bytes& datagram : dtls_->TakeOutput()) ice_->Send(datagram);
}

void PeerConnection::Poll() {
  rtp_.Poll(Clock::now(), *sender_);
  ArmTimer();
  ice_->DeliverFeedback();
}

void PeerConnection::ArmTimer() {
  const TimePoint now = Clock::now();
  std::optional<TimePoint> deadline = sender_ ? rtp_.NextDeadline() : std::nullopt;
  if (const auto dtls = dtls_ && !sender_ ? dtls_->NextDeadline(now) : std::nullopt) {
    deadline = deadline ? std::min(*deadline, *dtls) : *dtls;
  }
  // A timer that fires too early costs one empty poll, moving it costs more.
  if (!deadline || (armed_for_ && *armed_for_ <= *deadline)) return;
  armed_for_ = deadline;
  timer_.expires_at(*deadline);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code error) {
    if (!error && !alive.expired()) OnTimer();
  });
}

void PeerConnection::OnTimer() {
  armed_for_.reset();
  if (sender_) rtp_.Poll(Clock::now(), *sender_);
  if (dtls_ && !sender_) {
    OnDtls(dtls_->HandleTimeout());
  } else {
    ArmTimer();
  }
}

}  // namespace ingress::rtc
