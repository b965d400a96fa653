#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sdp/candidate.h"
#include "sdp/description.h"
#include "sdp/negotiation.h"

namespace ingress::sdp {

/// Describes our side of the transport, apart from what was negotiated.
struct AnswerTransport {
  std::string fingerprint{};  // "sha-256 6B:8B:…"
  /// All that there are: none follow (RFC 9725 §4.3.2). The best first; FFmpeg takes the first one.
  std::vector<Candidate> candidates{};
  std::uint64_t session_id = 0;  // o= line; below 2^63
};

/// Our answer to `offer`, of which Negotiate() made `negotiation`: receives its tracks over one
/// ICE-lite transport, and refuses all other sections. CRLF line ends.
std::string FormatAnswer(const Description& offer, const Negotiation& negotiation,
                         const AnswerTransport& transport);

}  // namespace ingress::sdp
