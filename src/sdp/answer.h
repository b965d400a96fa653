#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sdp/candidate.h"
#include "sdp/offer.h"

namespace ingress::sdp {

inline constexpr std::size_t kMaxAnswerSize = 256 * 1024;  // bytes
inline constexpr std::size_t kMaxAnswerLines = 8192;
inline constexpr std::size_t kMaxLineLength = 4096;  // bytes
inline constexpr std::size_t kMaxAnswerSections = 64;
inline constexpr std::size_t kMaxCodecsPerSection = 128;
inline constexpr std::size_t kMaxCandidatesPerSection = 256;

enum class SetupRole { kActive, kPassive, kActPass, kHoldConn };  // RFC 4145 §4

/// a=fingerprint (RFC 8122 §5).
struct Fingerprint {
  std::string algorithm{};  // lower case: "sha-256"
  std::vector<std::uint8_t> digest{};
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// One m= section of an answer.
struct AnswerSection {
  std::string kind{};      // "audio", "video", "application"
  std::uint16_t port = 0;  // zero: refused
  std::string mid{};
  Direction direction = Direction::kSendReceive;  // seen from the peer: recvonly takes our media
  std::vector<Rtpmap> codecs{};  // in the order of the m= line; encoding empty without rtpmap
  std::vector<Extmap> extensions{};
  std::vector<std::string> rids{};            // a=rid:… recv
  std::vector<std::string> simulcast_rids{};  // a=simulcast:recv, without "~"
  bool rtcp_mux = false;
  bool rtcp_reduced_size = false;
  std::optional<IceCredentials> ice{};       // the session's where the section has none
  std::optional<Fingerprint> fingerprint{};  // likewise
  std::optional<SetupRole> setup{};          // likewise
  std::vector<Candidate> candidates{};       // component 1 only
  bool end_of_candidates = false;

  /// The refusal of RFC 3264 §6: port 0.
  bool rejected() const { return port == 0; }
  /// The id of `uri`; zero when it was not negotiated.
  int extension_id(std::string_view uri) const;
  const Rtpmap* codec(int payload_type) const;
  /// Whether `payload_type` may be answered with `feedback`, for example "nack"; "*" counts.
  bool accepts_feedback(int payload_type, std::string_view feedback) const;
};

struct Answer {
  bool ice_lite = false;
  std::vector<std::string> bundle{};  // mids of the first BUNDLE group
  std::vector<AnswerSection> sections{};

  const AnswerSection* section(std::string_view mid) const;
};

/// Parses an SFU's answer. Tolerant: unknown lines and attributes, candidates of other components,
/// of unknown types or transports, bare LF line ends and repeated fmtp keys are no errors.
/// Errors, each naming line number and reason: kMalformed, kLimitExceeded above the limits here.
Result<Answer> ParseAnswer(std::string_view text);

}  // namespace ingress::sdp
