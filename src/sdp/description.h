#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sdp/candidate.h"
#include "sdp/fingerprint.h"
#include "sdp/offer.h"

namespace ingress::sdp {

inline constexpr std::size_t kMaxLineLength = 4096;  // bytes
inline constexpr std::size_t kMaxCodecsPerSection = 128;
inline constexpr std::size_t kMaxCandidatesPerSection = 256;

enum class SetupRole { kActive, kPassive, kActPass, kHoldConn };  // RFC 4145 §4

/// a=ssrc-group (RFC 5576 §4.2).
struct SsrcGroup {
  std::string semantics{};  // "FID": media and its retransmissions; "SIM"
  std::vector<std::uint32_t> ssrcs{};
};

/// One m= section that a peer has written.
struct MediaSection {
  std::string kind{};          // "audio", "video", "application"
  std::uint16_t port = 0;      // zero: refused, or bundle-only
  std::string protocol{};      // "UDP/TLS/RTP/SAVPF"
  std::string first_format{};  // of the m= line, a payload type unless it is no RTP
  std::string mid{};
  Direction direction = Direction::kSendReceive;  // seen from the peer: recvonly takes our media
  std::vector<Rtpmap> codecs{};  // in the order of the m= line; encoding empty without rtpmap
  std::vector<Extmap> extensions{};
  std::vector<std::string> rids{};            // a=rid, of the peer's streams in an offer, …
  std::vector<std::string> simulcast_rids{};  // … of ours in an answer; a=simulcast without "~"
  std::vector<std::uint32_t> ssrcs{};         // each once
  std::vector<SsrcGroup> ssrc_groups{};
  bool rtcp_mux = false;
  bool rtcp_reduced_size = false;
  bool bundle_only = false;                  // RFC 9143 §6: port zero is no refusal
  std::optional<IceCredentials> ice{};       // the session's where the section has none
  std::optional<Fingerprint> fingerprint{};  // likewise
  std::optional<SetupRole> setup{};          // likewise
  std::vector<Candidate> candidates{};       // component 1 only
  bool end_of_candidates = false;

  /// The refusal of RFC 3264 §6: port 0.
  bool rejected() const { return port == 0 && !bundle_only; }
  /// The id of `uri`; zero when it is not there.
  int extension_id(std::string_view uri) const;
  const Rtpmap* codec(int payload_type) const;
  /// Says whether `payload_type` may be answered with `feedback`, for example "nack"; "*" counts.
  bool accepts_feedback(int payload_type, std::string_view feedback) const;
};

/// Holds what a peer has written, offer or answer.
struct Description {
  bool ice_lite = false;
  bool ice2 = false;                  // a=ice-options, of any level
  bool trickle = false;               // likewise
  bool extmap_allow_mixed = false;    // RFC 8285 §6, of any level
  std::vector<std::string> bundle{};  // mids of the first BUNDLE group
  std::vector<MediaSection> sections{};

  const MediaSection* section(std::string_view mid) const;
};

/// Says how a description is read.
struct DescriptionRules {
  std::size_t max_size = 0;  // bytes
  std::size_t max_lines = 0;
  std::size_t max_sections = 0;
  std::string_view rid_direction;     // of the RIDs that are kept: "send" or "recv"
  int max_extension_id = 0;           // others are left out
  bool refuse_control_bytes = false;  // within lines: nothing of them may get into ours
  bool skip_bad_candidates = false;
};

/// Tolerant: unknown lines and attributes, candidates of other components, of unknown types or
/// transports, bare LF line ends, empty lines and repeated fmtp keys are no errors.
/// Errors, each naming line number and reason: kMalformed, kLimitExceeded above the limits.
Result<Description> ParseDescription(std::string_view text, const DescriptionRules& rules);

}  // namespace ingress::sdp
