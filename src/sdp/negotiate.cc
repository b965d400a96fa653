#include "sdp/negotiate.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "base/printable.h"
#include "sdp/problem.h"
#include "sdp/text.h"

namespace ingress::sdp {
namespace {

constexpr std::size_t kMinUfrag = 4;  // RFC 8839 §5.4
constexpr std::size_t kMinPassword = 22;
constexpr std::size_t kMaxMid = 64;
constexpr std::size_t kMaxRid = 16;            // RFC 8285 §4.2: what one-byte headers hold
constexpr std::size_t kMaxDeclaredSsrcs = 16;  // of a track

constexpr std::string_view kAbsSendTimeUri =
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
constexpr std::string_view kAbsCaptureTimeUri =
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";

std::unexpected<Error> Refuse(std::string why) {
  return Fail(ErrorCode::kUnsupported, std::move(why));
}

std::string Named(const MediaSection& section) {
  constexpr std::size_t kShown = 16;
  return section.kind + " section '" + Printable(section.mid, kShown) + "'";
}

struct CodecName {
  std::string_view encoding;  // of rtpmap, in lower case
  VideoCodec codec;
};
constexpr std::array<CodecName, 5> kVideoCodecs = {{{"h264/90000", VideoCodec::kH264},
                                                    {"vp8/90000", VideoCodec::kVp8},
                                                    {"vp9/90000", VideoCodec::kVp9},
                                                    {"av1/90000", VideoCodec::kAv1},
                                                    {"h265/90000", VideoCodec::kHevc}}};
constexpr std::uint32_t kVideoClockRate = 90'000;
constexpr std::uint32_t kOpusClockRate = 48'000;

std::string_view EncodingOf(VideoCodec codec) {
  return std::ranges::find(kVideoCodecs, codec, &CodecName::codec)->encoding;
}

std::string_view ParameterOr(const Rtpmap& codec, std::string_view name,
                             std::string_view otherwise) {
  return FmtpParameter(codec.fmtp, name).value_or(otherwise);
}

/// Says how well a payload type of `codec` suits, less is better; empty: not at all. H.264 comes in
/// many: packets are smaller than pictures (mode 1), and the lowest profile has the fewest
/// surprises for viewers.
std::optional<int> RankOf(VideoCodec codec, const Rtpmap& offered) {
  switch (codec) {
    case VideoCodec::kH264: {
      constexpr int kOtherMode = 100;
      const std::string_view mode = ParameterOr(offered, "packetization-mode", "0");
      if (mode != "0" && mode != "1") return std::nullopt;  // 2 is interleaved
      constexpr std::array<std::string_view, 4> kProfiles = {"42e0", "4200", "4d", "64"};
      const std::string profile = ToLower(ParameterOr(offered, "profile-level-id", "42e00a"));
      int rank = 0;
      for (const std::string_view prefix : kProfiles) {
        if (profile.starts_with(prefix)) break;
        ++rank;
      }
      return rank + (mode == "1" ? 0 : kOtherMode);
    }
    case VideoCodec::kVp9:
      if (ParameterOr(offered, "profile-id", "0") != "0") return std::nullopt;
      return 0;
    case VideoCodec::kAv1:
      if (ParameterOr(offered, "profile", "0") != "0") return std::nullopt;
      return 0;
    case VideoCodec::kHevc:
      if (!EqualsIgnoringCase(ParameterOr(offered, "tx-mode", "SRST"), "srst")) return std::nullopt;
      return 0;
    case VideoCodec::kVp8:
      break;
  }
  return 0;
}

const Rtpmap* BestOf(const MediaSection& section, VideoCodec codec) {
  const Rtpmap* best = nullptr;
  int best_rank = 0;
  for (const Rtpmap& offered : section.codecs) {
    if (!EqualsIgnoringCase(offered.encoding, EncodingOf(codec))) continue;
    const auto rank = RankOf(codec, offered);
    if (!rank || (best != nullptr && *rank >= best_rank)) continue;
    best = &offered;
    best_rank = *rank;
  }
  return best;
}

std::string OfferedCodecs(const MediaSection& section) {
  constexpr std::size_t kShown = 120;
  std::string names;
  for (const Rtpmap& codec : section.codecs) {
    if (codec.encoding.empty() || names.contains(codec.encoding)) continue;
    names += (names.empty() ? "" : ", ") + codec.encoding;
  }
  return names.empty() ? "none" : Printable(names, kShown);
}

/// The payload type under which `codec` is sent again (RFC 4588 §8.1).
std::optional<std::uint8_t> RtxOf(const MediaSection& section, const Rtpmap& codec) {
  for (const Rtpmap& offered : section.codecs) {
    if (!ToLower(offered.encoding).starts_with("rtx/")) continue;
    const auto apt = FmtpParameter(offered.fmtp, "apt");
    if (apt && ParseNumber<int>(*apt) == codec.payload_type) {
      return static_cast<std::uint8_t>(offered.payload_type);
    }
  }
  return std::nullopt;
}

/// The media SSRCs, each with its retransmissions'.
std::vector<DeclaredSsrc> SsrcsOf(const MediaSection& section) {
  std::vector<DeclaredSsrc> declared;
  const auto is_rtx = [&section](std::uint32_t ssrc) {
    return std::ranges::any_of(section.ssrc_groups, [ssrc](const SsrcGroup& group) {
      return group.semantics == "FID" && group.ssrcs.size() == 2 && group.ssrcs[1] == ssrc;
    });
  };
  for (const std::uint32_t ssrc : section.ssrcs) {
    if (is_rtx(ssrc) || declared.size() == kMaxDeclaredSsrcs) continue;
    declared.push_back({.media = ssrc});
    for (const SsrcGroup& group : section.ssrc_groups) {
      const bool mine =
          group.semantics == "FID" && group.ssrcs.size() == 2 && group.ssrcs[0] == ssrc;
      if (mine) declared.back().rtx = group.ssrcs[1];
    }
  }
  return declared;
}

bool IsRid(std::string_view rid) {
  return !rid.empty() && rid.size() <= kMaxRid && std::ranges::all_of(rid, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

/// The streams of simulcast. One that only one of the two attributes names is no stream.
Result<std::vector<std::string>> RidsOf(const MediaSection& section) {
  std::vector<std::string> rids;
  for (const std::string& rid : section.simulcast_rids) {
    if (std::ranges::find(section.rids, rid) == section.rids.end()) continue;
    if (std::ranges::find(rids, rid) != rids.end()) continue;
    if (!IsRid(rid)) return Malformed("rid", rid);
    rids.push_back(rid);
  }
  if (rids.size() > kMaxNegotiatedRids) {
    return Refuse("simulcast of " + std::to_string(rids.size()) + " layers; send " +
                  std::to_string(kMaxNegotiatedRids) + " at most");
  }
  return rids;
}

class Negotiator {
 public:
  Negotiator(const Description& offer, const Acceptable& acceptable)
      : offer_(offer), acceptable_(acceptable) {
    result_.local_ice = acceptable.local_ice;
  }

  Result<Negotiation> Run() {
    for (const MediaSection& section : offer_.sections) {
      if (IsTrack(section)) tracks_.push_back(&section);
    }
    if (tracks_.empty()) {
      return Refuse("the offer has no track: it needs an audio or a video section that sends");
    }
    for (const auto step : {&Negotiator::CheckBundle, &Negotiator::ChooseTransport,
                            &Negotiator::ChooseExtensions, &Negotiator::ChooseTracks}) {
      if (auto done = (this->*step)(); !done) return std::unexpected(std::move(done.error()));
    }
    return std::move(result_);
  }

 private:
  /// There is one transport for all.
  Result<void> CheckBundle() {
    for (const MediaSection* section : tracks_) {
      if (!section->mid.empty() && (!IsToken(section->mid) || section->mid.size() > kMaxMid)) {
        return Malformed("mid", section->mid);
      }
      const bool bundled = !section->mid.empty() &&
                           std::ranges::find(offer_.bundle, section->mid) != offer_.bundle.end();
      if (tracks_.size() > 1 && !bundled) {
        return Refuse("the " + Named(*section) +
                      " is not in the BUNDLE group: all media share one transport here; offer "
                      "a=group:BUNDLE (max-bundle)");
      }
      if (!section->rtcp_mux) {
        return Refuse("the " + Named(*section) + " lacks a=rtcp-mux: RTP and RTCP share a port");
      }
      if (section->direction != Direction::kSendOnly &&
          section->direction != Direction::kSendReceive) {
        return Refuse("the " + Named(*section) + " is a=" +
                      std::string(ToString(section->direction)) + "; a publisher offers sendonly");
      }
    }
    return {};
  }

  /// Takes those of the first section that says it, which is where the offerer of a bundle does
  /// (RFC 9143 §7.1.2).
  Result<void> ChooseTransport() {
    std::optional<SetupRole> setup;
    for (const MediaSection* section : tracks_) {
      if (section->ice && result_.remote_ice.ufrag.empty()) result_.remote_ice = *section->ice;
      if (section->setup && !setup) setup = section->setup;
      if (!section->fingerprint) continue;
      if (result_.remote_fingerprint.digest.empty()) {
        result_.remote_fingerprint = *section->fingerprint;
      } else if (result_.remote_fingerprint != *section->fingerprint) {
        return Malformed("the sections of one transport have different fingerprints, mid",
                         section->mid);
      }
    }
    const IceCredentials& ice = result_.remote_ice;
    if (ice.ufrag.size() < kMinUfrag || ice.password.size() < kMinPassword) {
      return Fail(ErrorCode::kMalformed,
                  "a=ice-ufrag of 4 characters or more and a=ice-pwd of 22 or more are needed");
    }
    if (!Usable(result_.remote_fingerprint)) {
      return Fail(ErrorCode::kMalformed, "a=fingerprint is missing, or of a hash nobody uses");
    }
    switch (setup.value_or(SetupRole::kActPass)) {
      case SetupRole::kActPass:
      case SetupRole::kActive:
        result_.dtls_role = DtlsRole::kServer;
        return {};
      case SetupRole::kPassive:
        result_.dtls_role = DtlsRole::kClient;
        return {};
      case SetupRole::kHoldConn:
        break;
    }
    return Refuse("a=setup:holdconn; offer actpass");
  }

  /// An id names the same in all sections (RFC 9143 §9.2); who breaks that goes by the first.
  Result<void> ChooseExtensions() {
    using Ids = HeaderExtensionIds;
    constexpr std::array<std::pair<std::string_view, std::uint8_t Ids::*>, 7> kExtensions = {
        {{kMidUri, &Ids::mid},
         {kRidUri, &Ids::rid},
         {kRepairedRidUri, &Ids::repaired_rid},
         {kAudioLevelUri, &Ids::audio_level},
         {kTransportSeqUri, &Ids::transport_sequence},
         {kAbsSendTimeUri, &Ids::abs_send_time},
         {kAbsCaptureTimeUri, &Ids::abs_capture_time}}};
    std::array<std::string_view, 256> names;  // by id
    for (const MediaSection* section : tracks_) {
      for (const Extmap& offered : section->extensions) {
        std::string_view& name = names.at(static_cast<std::size_t>(offered.id));
        if (!name.empty() && name != offered.uri) continue;
        name = offered.uri;
        const auto* known =
            std::ranges::find(kExtensions, offered.uri, &decltype(kExtensions)::value_type::first);
        if (known == kExtensions.end()) continue;
        std::uint8_t& id = result_.extensions.*(known->second);
        if (id == 0) id = static_cast<std::uint8_t>(offered.id);
      }
    }
    // A sender that estimates by transport-wide feedback needs no other estimate.
    if (result_.extensions.transport_sequence != 0) result_.extensions.abs_send_time = 0;
    return {};
  }

  Result<void> ChooseTracks() {
    for (const MediaSection* section : tracks_) {
      const bool video = section->kind == "video";
      std::optional<NegotiatedTrack>& place = video ? result_.video : result_.audio;
      if (place) return Refuse("more than 1 track of kind " + section->kind);
      auto track = video ? ChooseVideo(*section) : ChooseAudio(*section);
      if (!track) return std::unexpected(std::move(track.error()));
      place = std::move(*track);
    }
    if (result_.audio && result_.video && result_.extensions.mid == 0 &&
        result_.audio->payload_type == result_.video->payload_type) {
      return Refuse("audio and video share a payload type, and nothing tells them apart");
    }
    result_.reduced_size_rtcp = AgreesOnReducedSize();
    return {};
  }

  /// A section that takes no feedback has no say: FFmpeg offers reduced size for video alone, and
  /// reads no NACK behind a report.
  bool AgreesOnReducedSize() const {
    const auto offers = [](const MediaSection* section) { return section->rtcp_reduced_size; };
    const auto agrees = [&](const MediaSection* section) {
      const auto& track = section->kind == "video" ? result_.video : result_.audio;
      return offers(section) || track->feedback == RtcpFeedback{};
    };
    return std::ranges::any_of(tracks_, offers) && std::ranges::all_of(tracks_, agrees);
  }

  Result<NegotiatedTrack> ChooseAudio(const MediaSection& section) {
    const auto opus = std::ranges::find_if(section.codecs, [](const Rtpmap& codec) {
      return EqualsIgnoringCase(codec.encoding, "opus/48000/2");
    });
    if (opus == section.codecs.end()) {
      return Refuse("no acceptable audio codec: Opus is taken, the offer has " +
                    OfferedCodecs(section));
    }
    NegotiatedTrack track = TrackOf(section, *opus);
    track.codec = AudioCodec::kOpus;
    track.clock_rate = kOpusClockRate;
    track.channels = 2;
    return track;
  }

  Result<NegotiatedTrack> ChooseVideo(const MediaSection& section) {
    const Rtpmap* chosen = nullptr;
    std::string taken;
    VideoCodec codec = VideoCodec::kH264;
    for (const VideoCodec candidate : acceptable_.video) {
      taken += (taken.empty() ? "" : ", ") + std::string(EncodingOf(candidate));
      if (chosen != nullptr) continue;
      chosen = BestOf(section, candidate);
      codec = candidate;
    }
    if (chosen == nullptr) {
      return Refuse("no acceptable video codec: " + taken + " are taken, the offer has " +
                    OfferedCodecs(section));
    }
    auto rids = RidsOf(section);
    if (!rids) return std::unexpected(std::move(rids.error()));
    if (!rids->empty() && result_.extensions.rid == 0) {
      return Refuse("simulcast without the RTP header extension " + std::string(kRidUri));
    }
    const bool munged = std::ranges::any_of(
        section.ssrc_groups, [](const SsrcGroup& group) { return group.semantics == "SIM"; });
    if (munged && rids->empty()) {
      return Refuse("simulcast by a=ssrc-group:SIM; offer a=rid and a=simulcast (RFC 8853)");
    }
    NegotiatedTrack track = TrackOf(section, *chosen);
    track.codec = codec;
    track.clock_rate = kVideoClockRate;
    track.rtx_payload_type = RtxOf(section, *chosen);
    track.rids = std::move(*rids);
    return track;
  }

  NegotiatedTrack TrackOf(const MediaSection& section, const Rtpmap& codec) const {
    const auto offers = [&](std::string_view feedback) {
      return section.accepts_feedback(codec.payload_type, feedback);
    };
    const bool sequence =
        section.extension_id(kTransportSeqUri) != 0 && result_.extensions.transport_sequence != 0;
    return {.mid = section.mid,
            .payload_type = static_cast<std::uint8_t>(codec.payload_type),
            .fmtp = codec.fmtp,
            .feedback = {.nack = offers("nack") && acceptable_.request_retransmission,
                         .pli = offers("nack pli"),
                         .fir = offers("ccm fir"),
                         .transport_cc = offers("transport-cc") && sequence,
                         .remb = offers("goog-remb")},
            .ssrcs = SsrcsOf(section)};
  }

  const Description& offer_;
  const Acceptable& acceptable_;
  std::vector<const MediaSection*> tracks_;
  Negotiation result_;
};

bool IsRtpOverDtls(std::string_view protocol) {
  constexpr std::array<std::string_view, 6> kProtocols = {"UDP/TLS/RTP/SAVPF",  "UDP/TLS/RTP/SAVP",
                                                          "TCP/DTLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVP",
                                                          "RTP/SAVPF",          "RTP/SAVP"};
  return std::ranges::find(kProtocols, protocol) != kProtocols.end();
}

}  // namespace

bool IsTrack(const MediaSection& section) {
  return (section.kind == "audio" || section.kind == "video") && !section.rejected() &&
         IsRtpOverDtls(section.protocol);
}

Result<Negotiation> Negotiate(const Description& offer, const Acceptable& acceptable) {
  return Negotiator(offer, acceptable).Run();
}

}  // namespace ingress::sdp
