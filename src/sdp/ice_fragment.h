#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sdp/candidate.h"
#include "sdp/offer.h"

namespace ingress::sdp {

inline constexpr std::size_t kMaxFragmentSize = 16 * 1024;  // bytes
inline constexpr std::size_t kMaxFragmentCandidates = 64;
inline constexpr std::size_t kMaxFragmentSections = 16;

/// A piece of a description that only tells of ICE (application/trickle-ice-sdpfrag, RFC 8840 §9).
struct IceFragment {
  std::optional<IceCredentials> ice{};  // of a section, or else of the session
  std::vector<std::string> mids{};      // of the sections that it names, perhaps none
  std::vector<Candidate> candidates{};  // component 1 only
  bool end_of_candidates = false;
};

/// Passes over unknown attributes, and over candidates that it cannot read or that are of unknown
/// transports (RFC 9725 §4.3.2); takes a whole description, too, which some clients send.
/// Errors: kMalformed, also for one of ufrag and password without the other, credentials of a
/// length that ICE forbids, and sections with different ones; kLimitExceeded.
Result<IceFragment> ParseIceFragment(std::string_view text);

/// Writes what we answer to an ICE restart: new credentials, the candidates as they were. `mid`: of
/// the section that carries them; empty: none has one. `options`: of a=ice-options, may be empty.
std::string FormatIceFragment(const IceCredentials& ice, std::string_view mid,
                              std::string_view options, const std::vector<Candidate>& candidates);

}  // namespace ingress::sdp
