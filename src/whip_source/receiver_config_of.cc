#include "whip_source/receiver_config_of.h"

#include <string_view>
#include <utility>
#include <variant>

#include "base/ids.h"
#include "sdp/sprop_parameter_sets.h"

namespace ingress::whip_source {
namespace {

constexpr std::size_t kCnameLength = 12;

rtp_receive::TrackConfig TrackOf(const sdp::NegotiatedTrack& track, TrackKind kind) {
  rtp_receive::PayloadFormat format{.payload_type = track.payload_type,
                                    .clock_rate = track.clock_rate,
                                    .channels = track.channels,
                                    .rtx_payload_type = track.rtx_payload_type,
                                    .parameter_sets = sdp::SpropParameterSets(track)};
  std::visit([&format](auto codec) { format.codec = codec; }, track.codec);
  rtp_receive::TrackConfig config{.kind = kind,
                                  .mid = track.mid,
                                  .formats = {std::move(format)},
                                  .feedback = {.nack = track.feedback.nack,
                                               .pli = track.feedback.pli,
                                               .fir = track.feedback.fir,
                                               .transport_cc = track.feedback.transport_cc,
                                               .remb = track.feedback.remb},
                                  .rids = track.rids};
  for (const sdp::DeclaredSsrc& ssrc : track.ssrcs) {
    config.ssrcs.push_back({.media = ssrc.media, .rtx = ssrc.rtx});
  }
  return config;
}

/// One that no declared stream has.
std::uint32_t LocalSsrc(const sdp::Negotiation& negotiation) {
  const auto taken = [&negotiation](std::uint32_t ssrc) {
    for (const auto* track : {&negotiation.audio, &negotiation.video}) {
      if (!*track) continue;
      for (const sdp::DeclaredSsrc& declared : (*track)->ssrcs) {
        if (declared.media == ssrc || declared.rtx == ssrc) return true;
      }
    }
    return ssrc == 0;
  };
  std::uint32_t ssrc = RandomU32();
  while (taken(ssrc)) ssrc = RandomU32();
  return ssrc;
}

}  // namespace

rtp_receive::ReceiverConfig ReceiverConfigOf(const sdp::Negotiation& negotiation, bool all_layers) {
  rtp_receive::ReceiverConfig config{
      .extensions = {.mid = negotiation.extensions.mid,
                     .rid = negotiation.extensions.rid,
                     .repaired_rid = negotiation.extensions.repaired_rid,
                     .transport_seq = negotiation.extensions.transport_sequence},
      .reduced_size_rtcp = negotiation.reduced_size_rtcp,
      .local_ssrc = LocalSsrc(negotiation),
      .cname = RandomToken(kCnameLength),
      .all_layers = all_layers};
  if (negotiation.audio) config.tracks.push_back(TrackOf(*negotiation.audio, TrackKind::kAudio));
  if (negotiation.video) config.tracks.push_back(TrackOf(*negotiation.video, TrackKind::kVideo));
  return config;
}

}  // namespace ingress::whip_source
