#pragma once

#include <string>
#include <string_view>

namespace ingress {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

/// Takes the first code point off `text`, which must not be empty. A byte that does not begin a
/// valid sequence (RFC 3629: shortest form, no surrogates, at most U+10FFFF) is taken alone and
/// reads as U+FFFD.
char32_t TakeCodePoint(std::string_view& text);

/// `text` with every invalid byte replaced by U+FFFD. Protobuf peers reject a whole message for one
/// bad string, so what encoders and libraries say goes through here first.
std::string ToValidUtf8(std::string_view text);

}  // namespace ingress
