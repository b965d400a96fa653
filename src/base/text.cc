#include "base/text.h"

#include "base/utf8.h"

namespace ingress {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t before = text.size();
    const bool replaced = TakeCodePoint(text) == kReplacementCharacter;
    // U+FFFD itself may stand in the text, as three bytes.
    if (replaced && before - text.size() != kReplacement.size()) return false;
  }
  return true;
}

bool IsUnprintable(char32_t code_point) {
  const char32_t c = code_point;
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || (c >= 0x200E && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::string PrintableUtf8(std::string_view text, std::size_t max_bytes) {
  std::string out;
  std::size_t room_for_mark = 0;  // length of `out` up to which the ellipsis still fits
  while (!text.empty()) {
    const std::string_view rest = text;
    const char32_t code_point = TakeCodePoint(text);
    const bool shown = code_point != kReplacementCharacter && !IsUnprintable(code_point);
    const std::string_view piece = shown ? rest.substr(0, rest.size() - text.size()) : kReplacement;
    if (out.size() + piece.size() > max_bytes) {
      out.resize(room_for_mark);
      if (max_bytes >= kEllipsis.size()) out += kEllipsis;
      return out;
    }
    out += piece;
    if (out.size() + kEllipsis.size() <= max_bytes) room_for_mark = out.size();
  }
  return out;
}

}  // namespace ingress
