#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "sdp/description.h"

namespace ingress::sdp {

inline constexpr std::size_t kMaxRemoteOfferSize = 64 * 1024;  // bytes; browsers send some 6 KiB
inline constexpr std::size_t kMaxRemoteOfferLines = 4096;
inline constexpr std::size_t kMaxRemoteOfferSections = 16;

/// Parses the offer of a peer that wants to send. Tolerance and errors: those of
/// ParseDescription(); also kMalformed for control bytes, since parts of an offer come back in the
/// answer. Candidates are of no use to who never checks them, so bad ones are passed over.
inline Result<Description> ParseRemoteOffer(std::string_view text) {
  constexpr int kMaxTwoByteId = 255;  // RFC 8285 §4.3
  return ParseDescription(text, {.max_size = kMaxRemoteOfferSize,
                                 .max_lines = kMaxRemoteOfferLines,
                                 .max_sections = kMaxRemoteOfferSections,
                                 .rid_direction = "send",
                                 .max_extension_id = kMaxTwoByteId,
                                 .refuse_control_bytes = true,
                                 .skip_bad_candidates = true});
}

}  // namespace ingress::sdp
