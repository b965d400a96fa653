#include "sdp/offer.h"

#include <algorithm>

#include "base/check.h"
#include "sdp/line_writer.h"

namespace ingress::sdp {
namespace {

std::string_view ToString(MediaKind kind) { return kind == MediaKind::kAudio ? "audio" : "video"; }

void WriteCodec(LineWriter& out, const Rtpmap& codec) {
  out.Line("a=rtpmap:", codec.payload_type, " ", codec.encoding);
  for (const std::string& feedback : codec.feedback) {
    out.Line("a=rtcp-fb:", codec.payload_type, " ", feedback);
  }
  if (!codec.fmtp.empty()) out.Line("a=fmtp:", codec.payload_type, " ", codec.fmtp);
}

/// Writes which packets belong to the section: RIDs, or else SSRCs. Never both: next to RIDs the
/// SFU ignores SSRCs, and several SSRCs without RIDs it takes for Plan B.
void WriteStreams(LineWriter& out, const OfferSection& section, std::string_view cname) {
  for (const std::string& rid : section.rids) out.Line("a=rid:", rid, " send");
  if (!section.rids.empty()) {
    out.Line("a=simulcast:send ", Join(section.rids, ";"));
    return;
  }
  if (!section.ssrc) return;
  if (section.rtx_ssrc) out.Line("a=ssrc-group:FID ", *section.ssrc, " ", *section.rtx_ssrc);
  for (const auto& ssrc : {section.ssrc, section.rtx_ssrc}) {
    if (!ssrc) continue;
    out.Line("a=ssrc:", *ssrc, " cname:", cname);
    out.Line("a=ssrc:", *ssrc, " msid:", section.stream_id, " ", section.track_id);
  }
}

void WriteSection(LineWriter& out, const Offer& offer, const OfferSection& section) {
  std::string payload_types;
  for (const Rtpmap& codec : section.codecs) {
    payload_types += ' ' + std::to_string(codec.payload_type);
  }
  const bool sending = section.direction == Direction::kSendOnly;
  out.Line("m=", ToString(section.kind), " 9 UDP/TLS/RTP/SAVPF", payload_types);
  out.Line("c=IN IP4 0.0.0.0");
  out.Line("a=rtcp:9 IN IP4 0.0.0.0");
  out.Line("a=ice-ufrag:", offer.ice.ufrag);
  out.Line("a=ice-pwd:", offer.ice.password);
  out.Line("a=setup:actpass");
  out.Line("a=mid:", section.mid);
  for (const Extmap& extension : section.extensions) {
    out.Line("a=extmap:", extension.id, " ", extension.uri);
  }
  out.Line("a=", ToString(section.direction));
  if (sending) out.Line("a=msid:", section.stream_id, " ", section.track_id);
  out.Line("a=rtcp-mux");
  out.Line("a=rtcp-rsize");
  for (const Rtpmap& codec : section.codecs) WriteCodec(out, codec);
  if (sending) WriteStreams(out, section, offer.cname);
}

Rtpmap OpusCodec(bool stereo) {
  return {.payload_type = kOpusPayloadType,
          .encoding = "opus/48000/2",
          .fmtp = stereo ? "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1"
                         : "minptime=10;useinbandfec=1",
          .feedback = {"nack"}};
}

Extmap MakeExtmap(int id, std::string_view uri) { return {.id = id, .uri = std::string(uri)}; }

}  // namespace

std::string_view ToString(Direction direction) {
  switch (direction) {
    case Direction::kSendOnly:
      return "sendonly";
    case Direction::kReceiveOnly:
      return "recvonly";
    case Direction::kSendReceive:
      return "sendrecv";
    case Direction::kInactive:
      break;
  }
  return "inactive";
}

std::string FormatOffer(const Offer& offer) {
  LineWriter out;
  out.Line("v=0");
  out.Line("o=- ", offer.session_id, " ", offer.version, " IN IP4 127.0.0.1");
  out.Line("s=-");
  out.Line("t=0 0");
  std::string mids;
  for (const OfferSection& section : offer.sections) mids += ' ' + section.mid;
  out.Line("a=group:BUNDLE", mids);
  out.Line("a=msid-semantic: WMS *");
  out.Line("a=ice-options:trickle");
  out.Line("a=fingerprint:", offer.fingerprint);
  for (const OfferSection& section : offer.sections) {
    WriteSection(out, offer, section);
    if (&section != &offer.sections.front()) continue;
    for (const Candidate& candidate : offer.candidates) {
      out.Line("a=", FormatCandidate(candidate));
    }
  }
  return out.Take();
}

OfferBuilder::OfferBuilder(std::uint64_t session_id, std::string fingerprint, std::string cname,
                           IceCredentials ice)
    : offer_{.session_id = session_id,
             .fingerprint = std::move(fingerprint),
             .cname = std::move(cname),
             .ice = std::move(ice)} {}

std::string OfferBuilder::AddAudio(const AudioOffer& audio) {
  return Append({.kind = MediaKind::kAudio,
                 .stream_id = audio.stream_id,
                 .track_id = audio.track_id,
                 .codecs = {OpusCodec(audio.stereo)},
                 .extensions = {MakeExtmap(kMidExtension, kMidUri),
                                MakeExtmap(kAudioLevelExtension, kAudioLevelUri)},
                 .ssrc = audio.ssrc});
}

std::string OfferBuilder::AddVideo(const VideoOffer& video) {
  INGRESS_CHECK(video.rids.empty() == video.ssrc.has_value());
  INGRESS_CHECK(video.rtx_ssrc.has_value() == (video.rtx && video.rids.empty()));
  OfferSection section{.kind = MediaKind::kVideo,
                       .stream_id = video.stream_id,
                       .track_id = video.track_id,
                       .extensions = {MakeExtmap(kMidExtension, kMidUri)},
                       .rids = video.rids,
                       .ssrc = video.ssrc,
                       .rtx_ssrc = video.rtx_ssrc};
  Rtpmap codec{.payload_type = kVideoPayloadType, .feedback = {"ccm fir", "nack", "nack pli"}};
  if (video.codec == OfferedVideoCodec::kH264) {
    codec.encoding = "H264/90000";
    codec.fmtp =
        "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=" + video.profile_level_id;
  } else {
    codec.encoding = "VP8/90000";
  }
  if (video.transport_cc) codec.feedback.emplace_back("transport-cc");
  section.codecs.push_back(std::move(codec));
  if (video.rtx) {
    section.codecs.push_back({.payload_type = kRtxPayloadType,
                              .encoding = "rtx/90000",
                              .fmtp = "apt=" + std::to_string(kVideoPayloadType)});
  }

  if (!video.rids.empty()) {
    section.extensions.push_back(MakeExtmap(kRidExtension, kRidUri));
    if (video.rtx) {
      section.extensions.push_back(MakeExtmap(kRepairedRidExtension, kRepairedRidUri));
    }
  }
  if (video.transport_cc) {
    section.extensions.push_back(MakeExtmap(kTransportSeqExtension, kTransportSeqUri));
  }
  return Append(std::move(section));
}

std::string OfferBuilder::AddPlaceholderSection() {
  return Append({.kind = MediaKind::kAudio,
                 .direction = Direction::kInactive,
                 .codecs = {OpusCodec(true)},
                 .extensions = {MakeExtmap(kMidExtension, kMidUri),
                                MakeExtmap(kAudioLevelExtension, kAudioLevelUri)}});
}

bool OfferBuilder::Deactivate(std::string_view mid) {
  const auto section = std::ranges::find(offer_.sections, mid, &OfferSection::mid);
  if (section == offer_.sections.end()) return false;
  section->direction = Direction::kInactive;
  return true;
}

std::string OfferBuilder::Build() {
  std::string text = FormatOffer(offer_);
  ++offer_.version;
  return text;
}

std::string OfferBuilder::Append(OfferSection section) {
  section.mid = std::to_string(offer_.sections.size());
  return offer_.sections.emplace_back(std::move(section)).mid;
}

}  // namespace ingress::sdp
