#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "sdp/description.h"

namespace ingress::sdp {

inline constexpr std::size_t kMaxAnswerSize = 256 * 1024;  // bytes
inline constexpr std::size_t kMaxAnswerLines = 8192;
inline constexpr std::size_t kMaxAnswerSections = 64;

using AnswerSection = MediaSection;
using Answer = Description;

/// Parses an SFU's answer to an offer of ours, which has no two-byte extension ids.
/// Tolerance and errors: those of ParseDescription().
inline Result<Answer> ParseAnswer(std::string_view text) {
  constexpr int kMaxOneByteId = 14;  // RFC 8285 §4.2
  return ParseDescription(text, {.max_size = kMaxAnswerSize,
                                 .max_lines = kMaxAnswerLines,
                                 .max_sections = kMaxAnswerSections,
                                 .rid_direction = "recv",
                                 .max_extension_id = kMaxOneByteId});
}

}  // namespace ingress::sdp
