#include "sdp/ice_fragment.h"

#include <utility>

#include "sdp/line_writer.h"
#include "sdp/problem.h"
#include "sdp/text.h"

namespace ingress::sdp {
namespace {

constexpr std::size_t kMinUfrag = 4;  // RFC 8839 §5.4
constexpr std::size_t kMinPassword = 22;
constexpr std::size_t kMaxCredential = 256;

class FragmentParser {
 public:
  Result<void> ParseLine(std::string_view line) {
    if (line.size() < 2 || line[1] != '=') return Malformed("line", line);
    const std::string_view value = line.substr(2);
    if (line[0] == 'm') return OnSection();
    if (line[0] == 'a') return ParseAttribute(value);
    return {};
  }

  Result<IceFragment> Finish() {
    if (auto ended = EndSection(); !ended) return std::unexpected(std::move(ended.error()));
    if (!fragment_.ice && !IsEmpty(session_)) fragment_.ice = session_;
    return std::move(fragment_);
  }

 private:
  static bool IsEmpty(const IceCredentials& ice) {
    return ice.ufrag.empty() && ice.password.empty();
  }

  static Result<void> Check(const IceCredentials& ice) {
    const bool good = ice.ufrag.size() >= kMinUfrag && ice.ufrag.size() <= kMaxCredential &&
                      ice.password.size() >= kMinPassword && ice.password.size() <= kMaxCredential;
    // The password is a secret and not shown.
    return good ? Result<void>{}
                : Malformed("ice-ufrag without a password, or too short:", ice.ufrag);
  }

  Result<void> OnSection() {
    if (auto ended = EndSection(); !ended) return ended;
    if (++sections_ > kMaxFragmentSections) return TooMany("sections", kMaxFragmentSections);
    return {};
  }

  /// Each section speaks of ICE for the bundle, so all of them say the same.
  Result<void> EndSection() {
    IceCredentials& ended = sections_ == 0 ? session_ : section_;
    if (IsEmpty(ended)) return {};
    if (auto good = Check(ended); !good) return good;
    if (sections_ == 0) return {};
    if (fragment_.ice && *fragment_.ice != ended) {
      return Malformed("sections of one bundle have different ice-ufrags,", ended.ufrag);
    }
    fragment_.ice = std::exchange(section_, {});
    return {};
  }

  Result<void> ParseAttribute(std::string_view value) {
    const std::string_view name = TakeUntil(value, ':');
    IceCredentials& level = sections_ == 0 ? session_ : section_;
    if (name == "ice-ufrag") level.ufrag = value;
    if (name == "ice-pwd") level.password = value;
    if (name == "mid") {
      if (!IsToken(value)) return Malformed("mid", value);
      if (fragment_.mids.size() == kMaxFragmentSections) {
        return TooMany("mids", kMaxFragmentSections);
      }
      fragment_.mids.emplace_back(value);
    }
    if (name == "end-of-candidates") fragment_.end_of_candidates = true;
    return name == "candidate" ? OnCandidate(value) : Result<void>{};
  }

  Result<void> OnCandidate(std::string_view value) {
    auto candidate = ParseCandidate(value);
    if (!candidate || candidate->component != 1) return {};
    if (fragment_.candidates.size() == kMaxFragmentCandidates) {
      return TooMany("candidates", kMaxFragmentCandidates);
    }
    fragment_.candidates.push_back(std::move(*candidate));
    return {};
  }

  IceFragment fragment_;
  IceCredentials session_;
  IceCredentials section_;  // of the one that is read
  std::size_t sections_ = 0;
};

}  // namespace

Result<IceFragment> ParseIceFragment(std::string_view text) {
  if (text.size() > kMaxFragmentSize) {
    return Fail(ErrorCode::kLimitExceeded, "fragment: " + std::to_string(text.size()) + " bytes");
  }
  FragmentParser parser;
  std::size_t number = 0;
  bool empty = true;
  while (!text.empty()) {
    std::string_view line = TakeUntil(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    if (line.empty()) continue;
    empty = false;
    if (auto parsed = parser.ParseLine(line); !parsed) {
      return Wrap("fragment: line " + std::to_string(number), std::move(parsed.error()));
    }
  }
  if (empty) return Fail(ErrorCode::kMalformed, "fragment: empty");
  auto fragment = parser.Finish();
  if (!fragment) return Wrap("fragment", std::move(fragment.error()));
  return fragment;
}

std::string FormatIceFragment(const IceCredentials& ice, std::string_view mid,
                              std::string_view options, const std::vector<Candidate>& candidates) {
  LineWriter out;
  out.Line("a=ice-lite");
  if (!options.empty()) out.Line("a=ice-options:", options);
  out.Line("a=ice-ufrag:", ice.ufrag);
  out.Line("a=ice-pwd:", ice.password);
  out.Line("m=audio 9 UDP/TLS/RTP/SAVPF 0");
  if (!mid.empty()) out.Line("a=mid:", mid);
  for (const Candidate& candidate : candidates) out.Line("a=", FormatCandidate(candidate));
  out.Line("a=end-of-candidates");
  return out.Take();
}

}  // namespace ingress::sdp
