#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ingress::observability {

enum class Escaping : std::uint8_t {
  kPlain,   // for reading: only what could disturb a terminal
  kQuoted,  // between double quotes: also '"' and '\'
  kJson,    // between double quotes, by RFC 8259 §7
};

/// `text`, which may be anything, without control characters, direction marks, line separators or
/// invalid UTF-8: they become \n, \u202e or, for bytes that are no UTF-8, \xff (\ufffd in JSON).
std::string Escape(std::string_view text, Escaping escaping);

/// Whether a value needs no quotes in a text line: not empty, only letters, digits and the
/// punctuation of ids, addresses and paths.
bool IsBareWord(std::string_view text);

/// `text`, or its beginning and "…(+<bytes left out> bytes)" when it has more than `max_bytes`. Cut
/// between characters where it is UTF-8.
std::string CutAtCharacter(std::string_view text, std::size_t max_bytes);

}  // namespace ingress::observability
