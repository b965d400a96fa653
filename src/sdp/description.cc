#include "sdp/description.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sdp/problem.h"
#include "sdp/text.h"

namespace ingress::sdp {
namespace {

constexpr std::size_t kMaxFeedbackPerCodec = 32;
constexpr std::size_t kMaxRidsPerSection = 32;
constexpr std::size_t kMaxExtensionsPerSection = 64;
constexpr std::size_t kMaxSsrcsPerSection = 64;
constexpr std::size_t kMaxSsrcGroups = 32;
constexpr std::size_t kMaxIceCredential = 256;  // characters, RFC 8839 §5.4
constexpr std::size_t kMaxMediaWord = 64;       // characters of kind and protocol
constexpr int kMaxPayloadType = 127;

bool HasControlByte(std::string_view line) {
  constexpr unsigned char kDelete = 0x7f;
  return std::ranges::any_of(
      line, [](unsigned char c) { return (c < ' ' && c != '\t') || c == kDelete; });
}

std::optional<SetupRole> ParseSetup(std::string_view value) {
  if (value == "active") return SetupRole::kActive;
  if (value == "passive") return SetupRole::kPassive;
  if (value == "actpass") return SetupRole::kActPass;
  if (value == "holdconn") return SetupRole::kHoldConn;
  return std::nullopt;
}

/// Holds what may stand at session level as a default for the sections.
struct Defaults {
  std::string ufrag;
  std::string password;
  std::optional<Fingerprint> fingerprint;
  std::optional<SetupRole> setup;
  std::optional<Direction> direction;
};

class DescriptionParser {
 public:
  explicit DescriptionParser(const DescriptionRules& rules) : rules_(rules) {}

  Result<void> ParseLine(std::string_view line) {
    if (line.size() < 2 || line[1] != '=') return Malformed("line", line);
    const std::string_view value = line.substr(2);
    if (line[0] == 'm') return ParseMedia(value);
    if (line[0] == 'a') return ParseAttribute(value);
    return {};
  }

  Result<Description> Finish() {
    for (std::size_t i = 0; i < description_.sections.size(); ++i) {
      MediaSection& section = description_.sections[i];
      const Defaults& own = defaults_[i];
      const Defaults& ice = own.ufrag.empty() && own.password.empty() ? session_ : own;
      if (ice.ufrag.empty() != ice.password.empty()) {
        return Malformed("only one of ice-ufrag and ice-pwd for mid", section.mid);
      }
      if (!ice.ufrag.empty()) section.ice = {.ufrag = ice.ufrag, .password = ice.password};
      section.fingerprint = own.fingerprint ? own.fingerprint : session_.fingerprint;
      section.setup = own.setup ? own.setup : session_.setup;
      section.direction = own.direction.value_or(
          session_.direction.value_or(Direction::kSendReceive));  // RFC 8866 §6.7
    }
    return std::move(description_);
  }

 private:
  using Handler = Result<void> (DescriptionParser::*)(std::string_view value);
  struct Attribute {
    std::string_view name;
    Handler handler;
    bool section_only;
  };
  static const std::array<Attribute, 26> kAttributes;

  MediaSection& section() { return description_.sections.back(); }
  Defaults& level() { return defaults_.empty() ? session_ : defaults_.back(); }

  /// "audio 9 UDP/TLS/RTP/SAVPF 111"
  Result<void> ParseMedia(std::string_view value) {
    if (description_.sections.size() == rules_.max_sections) {
      return TooMany("sections", rules_.max_sections);
    }
    std::string_view rest = value;
    MediaSection added{.kind = std::string(TakeWord(rest))};
    std::string_view ports = TakeWord(rest);
    const auto port = ParseNumber<std::uint16_t>(TakeUntil(ports, '/'));
    added.protocol = TakeWord(rest);
    if (!port || added.protocol.empty() || added.kind.size() > kMaxMediaWord ||
        added.protocol.size() > kMaxMediaWord) {
      return Malformed("media description", value);
    }
    added.port = *port;
    for (std::string_view format = TakeWord(rest); !format.empty(); format = TakeWord(rest)) {
      if (added.first_format.empty()) added.first_format = format;
      const auto payload_type = ParseNumber<int>(format);
      if (!payload_type) continue;  // not RTP: "webrtc-datachannel"
      if (*payload_type < 0 || *payload_type > kMaxPayloadType) {
        return Malformed("payload type", format);
      }
      if (added.codecs.size() == kMaxCodecsPerSection) {
        return TooMany("codecs", kMaxCodecsPerSection);
      }
      added.codecs.push_back({.payload_type = *payload_type});
    }
    description_.sections.push_back(std::move(added));
    defaults_.emplace_back();
    return {};
  }

  Result<void> ParseAttribute(std::string_view text) {
    const std::string_view name = TakeUntil(text, ':');
    const auto found = std::ranges::find(kAttributes, name, &Attribute::name);
    if (found == kAttributes.end()) return {};
    if (found->section_only && description_.sections.empty()) return {};
    return (this->*found->handler)(text);
  }

  /// The codec a line "96 …" is about, the number cut off; null when the m= line has it not.
  Result<Rtpmap*> TakeCodec(std::string_view what, std::string_view& value) {
    const std::string_view word = TakeWord(value);
    const auto payload_type = ParseNumber<int>(word);
    if (!payload_type) return Malformed(what, word);
    const auto found = std::ranges::find(section().codecs, *payload_type, &Rtpmap::payload_type);
    return found == section().codecs.end() ? nullptr : &*found;
  }

  Result<void> OnMid(std::string_view value) {
    section().mid = value;
    return {};
  }

  Result<void> OnSendOnly(std::string_view) { return SetDirection(Direction::kSendOnly); }
  Result<void> OnReceiveOnly(std::string_view) { return SetDirection(Direction::kReceiveOnly); }
  Result<void> OnSendReceive(std::string_view) { return SetDirection(Direction::kSendReceive); }
  Result<void> OnInactive(std::string_view) { return SetDirection(Direction::kInactive); }
  Result<void> SetDirection(Direction direction) {
    level().direction = direction;
    return {};
  }

  Result<void> OnRtpmap(std::string_view value) {
    const auto codec = TakeCodec("rtpmap", value);
    if (!codec) return std::unexpected(codec.error());
    if (*codec != nullptr) (*codec)->encoding = TakeWord(value);
    return {};
  }

  Result<void> OnFmtp(std::string_view value) {
    const auto codec = TakeCodec("fmtp", value);
    if (!codec) return std::unexpected(codec.error());
    if (*codec != nullptr) (*codec)->fmtp = value;
    return {};
  }

  Result<void> OnFeedback(std::string_view value) {
    if (value.starts_with("* ")) {
      value.remove_prefix(2);
      for (Rtpmap& codec : section().codecs) {
        if (auto added = AddFeedback(codec, value); !added) return added;
      }
      return {};
    }
    const auto codec = TakeCodec("rtcp-fb", value);
    if (!codec) return std::unexpected(codec.error());
    return *codec == nullptr ? Result<void>{} : AddFeedback(**codec, value);
  }

  static Result<void> AddFeedback(Rtpmap& codec, std::string_view feedback) {
    if (codec.feedback.size() == kMaxFeedbackPerCodec) {
      return TooMany("rtcp-fb lines of a codec", kMaxFeedbackPerCodec);
    }
    codec.feedback.emplace_back(feedback);
    return {};
  }

  /// "1 urn:…" or "1/recvonly urn:…"
  Result<void> OnExtmap(std::string_view value) {
    std::string_view rest = value;
    std::string_view entry = TakeWord(rest);
    const auto id = ParseNumber<int>(TakeUntil(entry, '/'));
    const std::string_view uri = TakeWord(rest);
    if (!id || uri.empty()) return Malformed("extmap", value);
    if (*id < 1 || *id > rules_.max_extension_id) return {};
    if (section().extensions.size() == kMaxExtensionsPerSection) {
      return TooMany("extmap lines", kMaxExtensionsPerSection);
    }
    section().extensions.push_back({.id = *id, .uri = std::string(uri)});
    return {};
  }

  /// "q send", perhaps with restrictions behind.
  Result<void> OnRid(std::string_view value) {
    std::string_view rest = value;
    const std::string_view rid = TakeWord(rest);
    const std::string_view direction = TakeWord(rest);
    if (rid.empty() || (direction != "recv" && direction != "send")) {
      return Malformed("rid", value);
    }
    if (direction != rules_.rid_direction) return {};
    if (section().rids.size() == kMaxRidsPerSection) return TooMany("RIDs", kMaxRidsPerSection);
    section().rids.emplace_back(rid);
    return {};
  }

  /// "send q;h;f", perhaps with "recv …" before or behind (RFC 8853 §5.1).
  Result<void> OnSimulcast(std::string_view value) {
    for (std::string_view word = TakeWord(value); !word.empty(); word = TakeWord(value)) {
      std::string_view streams = TakeWord(value);
      if (word != rules_.rid_direction) continue;
      while (!streams.empty()) {
        std::string_view alternatives = TakeUntil(streams, ';');
        std::string_view rid = TakeUntil(alternatives, ',');
        if (rid.starts_with('~')) rid.remove_prefix(1);
        if (section().simulcast_rids.size() == kMaxRidsPerSection) {
          return TooMany("simulcast streams", kMaxRidsPerSection);
        }
        section().simulcast_rids.emplace_back(rid);
      }
    }
    return {};
  }

  /// "1001 cname:…"
  Result<void> OnSsrc(std::string_view value) {
    const std::string_view word = TakeWord(value);
    const auto ssrc = ParseNumber<std::uint32_t>(word);
    if (!ssrc) return Malformed("ssrc", word);
    std::vector<std::uint32_t>& ssrcs = section().ssrcs;
    if (std::ranges::find(ssrcs, *ssrc) != ssrcs.end()) return {};
    if (ssrcs.size() == kMaxSsrcsPerSection) return TooMany("SSRCs", kMaxSsrcsPerSection);
    ssrcs.push_back(*ssrc);
    return {};
  }

  /// "FID 1001 1002"
  Result<void> OnSsrcGroup(std::string_view value) {
    std::string_view rest = value;
    SsrcGroup group{.semantics = std::string(TakeWord(rest))};
    for (std::string_view word = TakeWord(rest); !word.empty(); word = TakeWord(rest)) {
      const auto ssrc = ParseNumber<std::uint32_t>(word);
      if (!ssrc) return Malformed("ssrc-group", value);
      if (group.ssrcs.size() == kMaxSsrcsPerSection) return TooMany("SSRCs", kMaxSsrcsPerSection);
      group.ssrcs.push_back(*ssrc);
    }
    if (section().ssrc_groups.size() == kMaxSsrcGroups) {
      return TooMany("SSRC groups", kMaxSsrcGroups);
    }
    section().ssrc_groups.push_back(std::move(group));
    return {};
  }

  Result<void> OnBundleOnly(std::string_view) {
    section().bundle_only = true;
    return {};
  }

  Result<void> OnExtmapAllowMixed(std::string_view) {
    description_.extmap_allow_mixed = true;
    return {};
  }

  /// "ice2 trickle"; libdatachannel writes a comma between them.
  Result<void> OnIceOptions(std::string_view value) {
    for (std::string_view word = TakeWord(value); !word.empty(); word = TakeWord(value)) {
      while (!word.empty()) {
        const std::string_view option = TakeUntil(word, ',');
        if (option == "ice2") description_.ice2 = true;
        if (option == "trickle") description_.trickle = true;
      }
    }
    return {};
  }

  Result<void> OnRtcpMux(std::string_view) {
    section().rtcp_mux = true;
    return {};
  }

  Result<void> OnReducedSize(std::string_view) {
    section().rtcp_reduced_size = true;
    return {};
  }

  Result<void> OnUfrag(std::string_view value) {
    if (value.empty() || value.size() > kMaxIceCredential) return Malformed("ice-ufrag", value);
    level().ufrag = value;
    return {};
  }

  Result<void> OnPassword(std::string_view value) {
    // Not shown in the error: it is a secret.
    if (value.empty() || value.size() > kMaxIceCredential) {
      return Malformed("ice-pwd of length", std::to_string(value.size()));
    }
    level().password = value;
    return {};
  }

  Result<void> OnFingerprint(std::string_view value) {
    auto fingerprint = ParseFingerprint(value);
    if (!fingerprint) return std::unexpected(std::move(fingerprint.error()));
    // We take the one of several, for one certificate, that every peer knows (RFC 8122 §5).
    const bool preferred = fingerprint->algorithm == "sha-256";
    if (!level().fingerprint || preferred) level().fingerprint = *std::move(fingerprint);
    return {};
  }

  Result<void> OnSetup(std::string_view value) {
    const auto role = ParseSetup(value);
    if (!role) return Malformed("setup", value);
    level().setup = role;
    return {};
  }

  Result<void> OnCandidate(std::string_view value) {
    auto candidate = ParseCandidate(value);
    if (!candidate && candidate.error().code == ErrorCode::kUnsupported) return {};
    if (!candidate && rules_.skip_bad_candidates) return {};
    if (!candidate) return std::unexpected(std::move(candidate.error()));
    // RTCP is multiplexed; the SFU's library still lists every candidate for component 2.
    if (candidate->component != 1) return {};
    if (section().candidates.size() == kMaxCandidatesPerSection) {
      return TooMany("candidates", kMaxCandidatesPerSection);
    }
    section().candidates.push_back(*std::move(candidate));
    return {};
  }

  Result<void> OnEndOfCandidates(std::string_view) {
    section().end_of_candidates = true;
    return {};
  }

  Result<void> OnIceLite(std::string_view) {
    description_.ice_lite = true;
    return {};
  }

  /// "BUNDLE 0 1"
  Result<void> OnGroup(std::string_view value) {
    if (TakeWord(value) != "BUNDLE" || !description_.bundle.empty()) return {};
    for (std::string_view mid = TakeWord(value); !mid.empty(); mid = TakeWord(value)) {
      if (description_.bundle.size() == rules_.max_sections) {
        return TooMany("bundled sections", rules_.max_sections);
      }
      description_.bundle.emplace_back(mid);
    }
    return {};
  }

  const DescriptionRules& rules_;
  Description description_;
  Defaults session_;
  std::vector<Defaults> defaults_;  // one a section, what the section itself says
};

const std::array<DescriptionParser::Attribute, 26> DescriptionParser::kAttributes = {{
    {"mid", &DescriptionParser::OnMid, true},
    {"sendonly", &DescriptionParser::OnSendOnly, false},
    {"recvonly", &DescriptionParser::OnReceiveOnly, false},
    {"sendrecv", &DescriptionParser::OnSendReceive, false},
    {"inactive", &DescriptionParser::OnInactive, false},
    {"rtpmap", &DescriptionParser::OnRtpmap, true},
    {"fmtp", &DescriptionParser::OnFmtp, true},
    {"rtcp-fb", &DescriptionParser::OnFeedback, true},
    {"extmap", &DescriptionParser::OnExtmap, true},
    {"rid", &DescriptionParser::OnRid, true},
    {"simulcast", &DescriptionParser::OnSimulcast, true},
    {"rtcp-mux", &DescriptionParser::OnRtcpMux, true},
    {"rtcp-rsize", &DescriptionParser::OnReducedSize, true},
    {"ice-ufrag", &DescriptionParser::OnUfrag, false},
    {"ice-pwd", &DescriptionParser::OnPassword, false},
    {"fingerprint", &DescriptionParser::OnFingerprint, false},
    {"setup", &DescriptionParser::OnSetup, false},
    {"candidate", &DescriptionParser::OnCandidate, true},
    {"end-of-candidates", &DescriptionParser::OnEndOfCandidates, true},
    {"ice-lite", &DescriptionParser::OnIceLite, false},
    {"group", &DescriptionParser::OnGroup, false},
    {"ssrc", &DescriptionParser::OnSsrc, true},
    {"ssrc-group", &DescriptionParser::OnSsrcGroup, true},
    {"bundle-only", &DescriptionParser::OnBundleOnly, true},
    {"extmap-allow-mixed", &DescriptionParser::OnExtmapAllowMixed, false},
    {"ice-options", &DescriptionParser::OnIceOptions, false},
}};

}  // namespace

int MediaSection::extension_id(std::string_view uri) const {
  const auto found = std::ranges::find(extensions, uri, &Extmap::uri);
  return found == extensions.end() ? 0 : found->id;
}

const Rtpmap* MediaSection::codec(int payload_type) const {
  const auto found = std::ranges::find(codecs, payload_type, &Rtpmap::payload_type);
  return found == codecs.end() ? nullptr : &*found;
}

bool MediaSection::accepts_feedback(int payload_type, std::string_view feedback) const {
  const Rtpmap* found = codec(payload_type);
  return found != nullptr && std::ranges::find(found->feedback, feedback) != found->feedback.end();
}

const MediaSection* Description::section(std::string_view mid) const {
  const auto found = std::ranges::find(sections, mid, &MediaSection::mid);
  return found == sections.end() ? nullptr : &*found;
}

Result<Description> ParseDescription(std::string_view text, const DescriptionRules& rules) {
  if (text.size() > rules.max_size) {
    return Fail(ErrorCode::kLimitExceeded, "sdp: " + std::to_string(text.size()) + " bytes");
  }
  DescriptionParser parser(rules);
  std::size_t number = 0;
  while (!text.empty()) {
    std::string_view line = TakeUntil(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    const auto fail = [number](Error error) {
      return Wrap("sdp: line " + std::to_string(number), std::move(error));
    };
    if (number > rules.max_lines) return fail(TooMany("lines", rules.max_lines).error());
    if (line.size() > kMaxLineLength) return fail(TooMany("characters", kMaxLineLength).error());
    if (number == 1 && line != "v=0") return fail(Malformed("no v=0 but", line).error());
    if (rules.refuse_control_bytes && HasControlByte(line)) {
      return fail(Malformed("control byte in", line).error());
    }
    if (line.empty()) continue;
    if (auto parsed = parser.ParseLine(line); !parsed) return fail(std::move(parsed.error()));
  }
  if (number == 0) return Fail(ErrorCode::kMalformed, "sdp: empty");
  auto description = parser.Finish();
  if (!description) return Wrap("sdp", std::move(description.error()));
  return description;
}

}  // namespace ingress::sdp
