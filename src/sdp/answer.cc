#include "sdp/answer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/printable.h"
#include "sdp/text.h"

namespace ingress::sdp {
namespace {

constexpr std::size_t kMaxFeedbackPerCodec = 32;
constexpr std::size_t kMaxRidsPerSection = 32;
constexpr std::size_t kMaxExtensionsPerSection = 64;
constexpr std::size_t kMaxDigest = 64;          // bytes, SHA-512
constexpr std::size_t kMaxIceCredential = 256;  // characters, RFC 8839 §5.4
constexpr int kMaxOneByteId = 14;               // RFC 8285 §4.2
constexpr int kMaxPayloadType = 127;

std::unexpected<Error> Malformed(std::string_view what, std::string_view value) {
  constexpr std::size_t kShown = 64;
  return Fail(ErrorCode::kMalformed, std::string(what) + " '" + Printable(value, kShown) + "'");
}

std::unexpected<Error> TooMany(std::string_view what, std::size_t limit) {
  return Fail(ErrorCode::kLimitExceeded,
              "more than " + std::to_string(limit) + " " + std::string(what));
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

std::optional<int> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

/// "sha-256 6B:8B:…"
Result<Fingerprint> ParseFingerprint(std::string_view value) {
  std::string_view rest = value;
  Fingerprint fingerprint{.algorithm = ToLower(TakeWord(rest))};
  const std::string_view digest = TakeWord(rest);
  for (std::string_view left = digest; !left.empty();) {
    const std::string_view pair = TakeUntil(left, ':');
    const auto high = pair.size() == 2 ? HexDigit(pair[0]) : std::nullopt;
    const auto low = pair.size() == 2 ? HexDigit(pair[1]) : std::nullopt;
    if (!high || !low) return Malformed("fingerprint", value);
    if (fingerprint.digest.size() == kMaxDigest) return TooMany("fingerprint bytes", kMaxDigest);
    fingerprint.digest.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
  }
  if (fingerprint.digest.empty() || digest.ends_with(':')) return Malformed("fingerprint", value);
  return fingerprint;
}

std::optional<SetupRole> ParseSetup(std::string_view value) {
  if (value == "active") return SetupRole::kActive;
  if (value == "passive") return SetupRole::kPassive;
  if (value == "actpass") return SetupRole::kActPass;
  if (value == "holdconn") return SetupRole::kHoldConn;
  return std::nullopt;
}

/// What may stand at session level as a default for the sections.
struct Defaults {
  std::string ufrag;
  std::string password;
  std::optional<Fingerprint> fingerprint;
  std::optional<SetupRole> setup;
  std::optional<Direction> direction;
};

class AnswerParser {
 public:
  Result<void> ParseLine(std::string_view line) {
    if (line.size() < 2 || line[1] != '=') return Malformed("line", line);
    const std::string_view value = line.substr(2);
    if (line[0] == 'm') return ParseMedia(value);
    if (line[0] == 'a') return ParseAttribute(value);
    return {};
  }

  Result<Answer> Finish() {
    for (std::size_t i = 0; i < answer_.sections.size(); ++i) {
      AnswerSection& section = answer_.sections[i];
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
    return std::move(answer_);
  }

 private:
  using Handler = Result<void> (AnswerParser::*)(std::string_view value);
  struct Attribute {
    std::string_view name;
    Handler handler;
    bool section_only;
  };
  static const std::array<Attribute, 21> kAttributes;

  AnswerSection& section() { return answer_.sections.back(); }
  Defaults& level() { return defaults_.empty() ? session_ : defaults_.back(); }

  /// "audio 9 UDP/TLS/RTP/SAVPF 111"
  Result<void> ParseMedia(std::string_view value) {
    if (answer_.sections.size() == kMaxAnswerSections) {
      return TooMany("sections", kMaxAnswerSections);
    }
    std::string_view rest = value;
    AnswerSection added{.kind = std::string(TakeWord(rest))};
    std::string_view ports = TakeWord(rest);
    const auto port = ParseNumber<std::uint16_t>(TakeUntil(ports, '/'));
    if (!port || TakeWord(rest).empty()) return Malformed("media description", value);
    added.port = *port;
    for (std::string_view format = TakeWord(rest); !format.empty(); format = TakeWord(rest)) {
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
    answer_.sections.push_back(std::move(added));
    defaults_.emplace_back();
    return {};
  }

  Result<void> ParseAttribute(std::string_view text) {
    const std::string_view name = TakeUntil(text, ':');
    const auto found = std::ranges::find(kAttributes, name, &Attribute::name);
    if (found == kAttributes.end()) return {};
    if (found->section_only && answer_.sections.empty()) return {};
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
    if (*id < 1 || *id > kMaxOneByteId) return {};  // two-byte ids: we offered none
    if (section().extensions.size() == kMaxExtensionsPerSection) {
      return TooMany("extmap lines", kMaxExtensionsPerSection);
    }
    section().extensions.push_back({.id = *id, .uri = std::string(uri)});
    return {};
  }

  /// "q recv", perhaps with restrictions behind.
  Result<void> OnRid(std::string_view value) {
    std::string_view rest = value;
    const std::string_view rid = TakeWord(rest);
    const std::string_view direction = TakeWord(rest);
    if (rid.empty() || (direction != "recv" && direction != "send")) {
      return Malformed("rid", value);
    }
    if (direction == "send") return {};
    if (section().rids.size() == kMaxRidsPerSection) return TooMany("RIDs", kMaxRidsPerSection);
    section().rids.emplace_back(rid);
    return {};
  }

  /// "recv q;h;f", perhaps with "send …" before or behind (RFC 8853 §5.1).
  Result<void> OnSimulcast(std::string_view value) {
    for (std::string_view word = TakeWord(value); !word.empty(); word = TakeWord(value)) {
      std::string_view streams = TakeWord(value);
      if (word != "recv") continue;
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
    level().fingerprint = *std::move(fingerprint);
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
    answer_.ice_lite = true;
    return {};
  }

  /// "BUNDLE 0 1"
  Result<void> OnGroup(std::string_view value) {
    if (TakeWord(value) != "BUNDLE" || !answer_.bundle.empty()) return {};
    for (std::string_view mid = TakeWord(value); !mid.empty(); mid = TakeWord(value)) {
      if (answer_.bundle.size() == kMaxAnswerSections) {
        return TooMany("bundled sections", kMaxAnswerSections);
      }
      answer_.bundle.emplace_back(mid);
    }
    return {};
  }

  Answer answer_;
  Defaults session_;
  std::vector<Defaults> defaults_;  // one a section, what the section itself says
};

const std::array<AnswerParser::Attribute, 21> AnswerParser::kAttributes = {{
    {"mid", &AnswerParser::OnMid, true},
    {"sendonly", &AnswerParser::OnSendOnly, false},
    {"recvonly", &AnswerParser::OnReceiveOnly, false},
    {"sendrecv", &AnswerParser::OnSendReceive, false},
    {"inactive", &AnswerParser::OnInactive, false},
    {"rtpmap", &AnswerParser::OnRtpmap, true},
    {"fmtp", &AnswerParser::OnFmtp, true},
    {"rtcp-fb", &AnswerParser::OnFeedback, true},
    {"extmap", &AnswerParser::OnExtmap, true},
    {"rid", &AnswerParser::OnRid, true},
    {"simulcast", &AnswerParser::OnSimulcast, true},
    {"rtcp-mux", &AnswerParser::OnRtcpMux, true},
    {"rtcp-rsize", &AnswerParser::OnReducedSize, true},
    {"ice-ufrag", &AnswerParser::OnUfrag, false},
    {"ice-pwd", &AnswerParser::OnPassword, false},
    {"fingerprint", &AnswerParser::OnFingerprint, false},
    {"setup", &AnswerParser::OnSetup, false},
    {"candidate", &AnswerParser::OnCandidate, true},
    {"end-of-candidates", &AnswerParser::OnEndOfCandidates, true},
    {"ice-lite", &AnswerParser::OnIceLite, false},
    {"group", &AnswerParser::OnGroup, false},
}};

}  // namespace

int AnswerSection::extension_id(std::string_view uri) const {
  const auto found = std::ranges::find(extensions, uri, &Extmap::uri);
  return found == extensions.end() ? 0 : found->id;
}

const Rtpmap* AnswerSection::codec(int payload_type) const {
  const auto found = std::ranges::find(codecs, payload_type, &Rtpmap::payload_type);
  return found == codecs.end() ? nullptr : &*found;
}

bool AnswerSection::accepts_feedback(int payload_type, std::string_view feedback) const {
  const Rtpmap* found = codec(payload_type);
  return found != nullptr && std::ranges::find(found->feedback, feedback) != found->feedback.end();
}

const AnswerSection* Answer::section(std::string_view mid) const {
  const auto found = std::ranges::find(sections, mid, &AnswerSection::mid);
  return found == sections.end() ? nullptr : &*found;
}

Result<Answer> ParseAnswer(std::string_view text) {
  if (text.size() > kMaxAnswerSize) {
    return Fail(ErrorCode::kLimitExceeded, "sdp: " + std::to_string(text.size()) + " bytes");
  }
  AnswerParser parser;
  std::size_t number = 0;
  while (!text.empty()) {
    std::string_view line = TakeUntil(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    const auto fail = [number](Error error) {
      return Wrap("sdp: line " + std::to_string(number), std::move(error));
    };
    if (number > kMaxAnswerLines) return fail(TooMany("lines", kMaxAnswerLines).error());
    if (line.size() > kMaxLineLength) return fail(TooMany("characters", kMaxLineLength).error());
    if (number == 1 && line != "v=0") return fail(Malformed("no v=0 but", line).error());
    if (line.empty()) continue;
    if (auto parsed = parser.ParseLine(line); !parsed) return fail(std::move(parsed.error()));
  }
  if (number == 0) return Fail(ErrorCode::kMalformed, "sdp: empty");
  auto answer = parser.Finish();
  if (!answer) return Wrap("sdp", std::move(answer.error()));
  return answer;
}

}  // namespace ingress::sdp
