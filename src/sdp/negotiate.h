#pragma once

#include <cstddef>
#include <vector>

#include "base/encoded_frame.h"
#include "base/result.h"
#include "sdp/description.h"
#include "sdp/negotiation.h"

namespace ingress::sdp {

inline constexpr std::size_t kMaxNegotiatedRids = 4;

/// Holds what we would take of a peer that wants to send, whatever it offers.
struct Acceptable {
  std::vector<VideoCodec> video{};     // the best first
  IceCredentials local_ice{};          // goes into the result
  bool request_retransmission = true;  // false for a peer whose retransmissions are damaged
};

/// Says whether a section is one of the two tracks: audio or video, not refused by the peer itself.
/// Anything else (a data channel) is refused alone and does no harm.
bool IsTrack(const MediaSection& section);

/// Chooses from an offer to send (RFC 9725 §4.2, §4.4). All sections that are tracks are taken, or
/// the offer is refused as a whole.
/// Errors, in words for who wrote the offer: kMalformed where it lacks or distorts what every offer
/// has (ICE credentials, fingerprint); kUnsupported where it asks for something that we do not do.
Result<Negotiation> Negotiate(const Description& offer, const Acceptable& acceptable);

}  // namespace ingress::sdp
