#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ingress {

bool IsUtf8(std::string_view text);

/// Whether a terminal or a browser may do something else with it than show it: C0 and C1 controls,
/// line and paragraph separators, and the marks that turn the direction of writing.
bool IsUnprintable(char32_t code_point);

/// `text` as valid UTF-8 that is safe to show to people: invalid bytes and unprintable characters
/// become U+FFFD, and what would exceed `max_bytes` is cut at a character and replaced by "…".
std::string PrintableUtf8(std::string_view text, std::size_t max_bytes);

}  // namespace ingress
