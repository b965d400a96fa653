#pragma once

#include <nice/agent.h>

#include <memory>
#include <optional>

#include "sdp/candidate.h"

namespace ingress::rtc {

struct NiceCandidateDeleter {
  void operator()(NiceCandidate* candidate) const { nice_candidate_free(candidate); }
};
using NiceCandidateHandle = std::unique_ptr<NiceCandidate, NiceCandidateDeleter>;

/// Empty for a candidate nobody can use from afar: passive TCP, which the SFU never dials.
std::optional<sdp::Candidate> FromNice(const NiceCandidate& candidate);

/// Null for what libnice cannot use: a host name instead of an address, a component other than 1.
NiceCandidateHandle ToNice(const sdp::Candidate& candidate, unsigned stream_id);

}  // namespace ingress::rtc
