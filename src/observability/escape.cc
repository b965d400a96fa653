#include "observability/escape.h"

#include <fmt/format.h>

#include <iterator>

#include "base/text.h"
#include "base/utf8.h"

namespace ingress::observability {
namespace {

constexpr std::string_view kBareCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/@+,%#*~";

// The short form of a control character; empty when it has none.
std::string_view ShortEscape(char32_t code_point) {
  switch (code_point) {
    case U'\n':
      return "\\n";
    case U'\r':
      return "\\r";
    case U'\t':
      return "\\t";
    default:
      return {};
  }
}

bool IsInvalid(char32_t code_point, std::string_view bytes) {
  return code_point == kReplacementCharacter && bytes.size() == 1;
}

}  // namespace

std::string Escape(std::string_view text, Escaping escaping) {
  std::string out;
  out.reserve(text.size() + 8);
  while (!text.empty()) {
    const std::string_view rest = text;
    const char32_t code_point = TakeCodePoint(text);
    const std::string_view bytes = rest.substr(0, rest.size() - text.size());
    const bool quote = code_point == U'"' || code_point == U'\\';
    if (IsInvalid(code_point, bytes)) {
      const auto byte = static_cast<unsigned char>(bytes[0]);
      out += escaping == Escaping::kJson ? "\\ufffd" : fmt::format("\\x{:02x}", byte);
    } else if (quote && escaping != Escaping::kPlain) {
      out += '\\';
      out += bytes;
    } else if (!IsUnprintable(code_point)) {
      out += bytes;
    } else if (const std::string_view brief = ShortEscape(code_point); !brief.empty()) {
      out += brief;
    } else {
      // No unprintable character is beyond the basic plane, so four digits are enough.
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(code_point));
    }
  }
  return out;
}

bool IsBareWord(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kBareCharacters) == std::string_view::npos;
}

std::string CutAtCharacter(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes;
  // A UTF-8 character has at most three continuation bytes; what has more is cut anywhere.
  for (int step = 0; step < 3 && end > 0 && (text[end] & 0xC0) == 0x80; ++step) --end;
  return fmt::format("{}…(+{} bytes)", text.substr(0, end), text.size() - end);
}

}  // namespace ingress::observability
