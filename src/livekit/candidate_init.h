#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sdp/candidate.h"

namespace ingress::livekit {

inline constexpr std::size_t kMaxCandidateInit = 4096;  // characters

/// The JSON in which candidates travel (RTCIceCandidateInit of the WebRTC API).
std::string FormatCandidateInit(const sdp::Candidate& candidate);

/// Empty for the end of candidates and for kinds of candidates that we do not know.
/// Errors: kMalformed, kLimitExceeded above kMaxCandidateInit.
Result<std::optional<sdp::Candidate>> ParseCandidateInit(std::string_view json);

}  // namespace ingress::livekit
