#pragma once

#include <vector>

#include "base/bytes.h"
#include "sdp/negotiation.h"

namespace ingress::sdp {

/// The parameter sets that the description of a video track holds, as NAL units: those of H.264
/// (RFC 6184 §8.1) or H.265 (RFC 7798 §7.1). None where there are none, or where they cannot be
/// read: the stream has its own, then.
std::vector<Bytes> SpropParameterSets(const NegotiatedTrack& track);

}  // namespace ingress::sdp
