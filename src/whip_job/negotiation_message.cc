#include "whip_job/negotiation_message.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <variant>

namespace ingress::whip_job {
namespace {

using Track = ipc::WhipTrack;
using Codec = std::variant<AudioCodec, VideoCodec>;

struct CodecPair {
  Track::Codec message;
  Codec codec;
};
constexpr std::array<CodecPair, 6> kCodecs = {{{Track::OPUS, AudioCodec::kOpus},
                                               {Track::H264, VideoCodec::kH264},
                                               {Track::VP8, VideoCodec::kVp8},
                                               {Track::VP9, VideoCodec::kVp9},
                                               {Track::AV1, VideoCodec::kAv1},
                                               {Track::HEVC, VideoCodec::kHevc}}};

Track ToMessage(const sdp::NegotiatedTrack& track) {
  Track message;
  message.set_mid(track.mid);
  const auto* codec = std::ranges::find(kCodecs, track.codec, &CodecPair::codec);
  message.set_codec(codec == kCodecs.end() ? Track::OPUS : codec->message);
  message.set_payload_type(track.payload_type);
  if (track.rtx_payload_type) message.set_rtx_payload_type(*track.rtx_payload_type);
  message.set_clock_rate(track.clock_rate);
  message.set_channels(static_cast<std::uint32_t>(track.channels));
  message.set_fmtp(track.fmtp);
  message.set_nack(track.feedback.nack);
  message.set_pli(track.feedback.pli);
  message.set_fir(track.feedback.fir);
  message.set_transport_cc(track.feedback.transport_cc);
  message.set_remb(track.feedback.remb);
  for (const sdp::DeclaredSsrc& ssrc : track.ssrcs) {
    ipc::WhipSsrc& added = *message.add_ssrcs();
    added.set_media(ssrc.media);
    if (ssrc.rtx) added.set_rtx(*ssrc.rtx);
  }
  for (const std::string& rid : track.rids) message.add_rids(rid);
  return message;
}

bool IsPayloadType(std::uint32_t value) { return value < 128; }

Result<sdp::NegotiatedTrack> FromMessage(const Track& message) {
  const auto* codec = std::ranges::find(kCodecs, message.codec(), &CodecPair::message);
  const bool rtx_fits =
      !message.has_rtx_payload_type() || IsPayloadType(message.rtx_payload_type());
  if (codec == kCodecs.end() || !IsPayloadType(message.payload_type()) || !rtx_fits) {
    return Fail(ErrorCode::kMalformed, "WHIP job: codec or payload type of mid " + message.mid());
  }
  sdp::NegotiatedTrack track{.mid = message.mid(),
                             .codec = codec->codec,
                             .payload_type = static_cast<std::uint8_t>(message.payload_type()),
                             .clock_rate = message.clock_rate(),
                             .channels = static_cast<int>(message.channels()),
                             .fmtp = message.fmtp(),
                             .feedback = {.nack = message.nack(),
                                          .pli = message.pli(),
                                          .fir = message.fir(),
                                          .transport_cc = message.transport_cc(),
                                          .remb = message.remb()},
                             .rids = {message.rids().begin(), message.rids().end()}};
  if (message.has_rtx_payload_type()) {
    track.rtx_payload_type = static_cast<std::uint8_t>(message.rtx_payload_type());
  }
  for (const ipc::WhipSsrc& ssrc : message.ssrcs()) {
    track.ssrcs.push_back({.media = ssrc.media()});
    if (ssrc.has_rtx()) track.ssrcs.back().rtx = ssrc.rtx();
  }
  return track;
}

ipc::WhipExtensions ToMessage(const sdp::HeaderExtensionIds& ids) {
  ipc::WhipExtensions message;
  message.set_mid(ids.mid);
  message.set_rid(ids.rid);
  message.set_repaired_rid(ids.repaired_rid);
  message.set_audio_level(ids.audio_level);
  message.set_transport_sequence(ids.transport_sequence);
  message.set_abs_send_time(ids.abs_send_time);
  message.set_abs_capture_time(ids.abs_capture_time);
  return message;
}

Result<sdp::HeaderExtensionIds> FromMessage(const ipc::WhipExtensions& message) {
  bool fits = true;
  const auto id = [&fits](std::uint32_t value) {
    fits = fits && value <= std::numeric_limits<std::uint8_t>::max();
    return static_cast<std::uint8_t>(value);
  };
  const sdp::HeaderExtensionIds ids{.mid = id(message.mid()),
                                    .rid = id(message.rid()),
                                    .repaired_rid = id(message.repaired_rid()),
                                    .audio_level = id(message.audio_level()),
                                    .transport_sequence = id(message.transport_sequence()),
                                    .abs_send_time = id(message.abs_send_time()),
                                    .abs_capture_time = id(message.abs_capture_time())};
  if (!fits) return Fail(ErrorCode::kMalformed, "WHIP job: extension id above 255");
  return ids;
}

}  // namespace

ipc::WhipNegotiation ToMessage(const sdp::Negotiation& negotiation) {
  ipc::WhipNegotiation message;
  if (negotiation.audio) *message.mutable_audio() = ToMessage(*negotiation.audio);
  if (negotiation.video) *message.mutable_video() = ToMessage(*negotiation.video);
  *message.mutable_extensions() = ToMessage(negotiation.extensions);
  message.set_reduced_size_rtcp(negotiation.reduced_size_rtcp);
  message.mutable_ice()->set_ufrag(negotiation.local_ice.ufrag);
  message.mutable_ice()->set_password(negotiation.local_ice.password);
  message.mutable_ice()->set_remote_ufrag(negotiation.remote_ice.ufrag);
  message.set_remote_password(negotiation.remote_ice.password);
  const sdp::Fingerprint& fingerprint = negotiation.remote_fingerprint;
  message.set_fingerprint_algorithm(fingerprint.algorithm);
  message.set_fingerprint_digest(std::string(fingerprint.digest.begin(), fingerprint.digest.end()));
  message.set_dtls_client(negotiation.dtls_role == sdp::DtlsRole::kClient);
  return message;
}

Result<sdp::Negotiation> FromMessage(const ipc::WhipNegotiation& message) {
  sdp::Negotiation negotiation{
      .reduced_size_rtcp = message.reduced_size_rtcp(),
      .local_ice = {.ufrag = message.ice().ufrag(), .password = message.ice().password()},
      .remote_ice = {.ufrag = message.ice().remote_ufrag(), .password = message.remote_password()},
      .remote_fingerprint = {.algorithm = message.fingerprint_algorithm(),
                             .digest = {message.fingerprint_digest().begin(),
                                        message.fingerprint_digest().end()}},
      .dtls_role = message.dtls_client() ? sdp::DtlsRole::kClient : sdp::DtlsRole::kServer};
  if (!message.has_audio() && !message.has_video()) {
    return Fail(ErrorCode::kMalformed, "WHIP job: no track");
  }
  auto extensions = FromMessage(message.extensions());
  if (!extensions) return std::unexpected(std::move(extensions.error()));
  negotiation.extensions = *extensions;
  const auto read = [](bool there, const Track& track,
                       std::optional<sdp::NegotiatedTrack>& place) -> Result<void> {
    if (!there) return {};
    auto made = FromMessage(track);
    if (!made) return std::unexpected(std::move(made.error()));
    place = std::move(*made);
    return {};
  };
  if (auto ok = read(message.has_audio(), message.audio(), negotiation.audio); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  if (auto ok = read(message.has_video(), message.video(), negotiation.video); !ok) {
    return std::unexpected(std::move(ok.error()));
  }
  return negotiation;
}

}  // namespace ingress::whip_job
