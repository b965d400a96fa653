#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ingress {

/// One step through text that should be UTF-8 (RFC 3629 §3: no overlong forms, no surrogates).
struct Utf8Step {
  char32_t code_point = 0;
  std::size_t size = 0;  // bytes taken; 1 for an invalid byte, 0 at the end of the text
  bool valid = false;
};

/// Reads the code point at the start of `text`.
Utf8Step NextCodePoint(std::string_view text);

bool IsUtf8(std::string_view text);

/// Whether a terminal or a browser may do something else with it than show it: C0 and C1 controls,
/// line and paragraph separators, and the marks that turn the direction of writing.
bool IsUnprintable(char32_t code_point);

/// `text` as valid UTF-8 that is safe to show: invalid bytes and unprintable characters become
/// U+FFFD, and what would exceed `max_bytes` is cut at a character and replaced by "…".
std::string PrintableUtf8(std::string_view text, std::size_t max_bytes);

}  // namespace ingress
