#include "base/utf8.h"

#include <cstdint>

namespace ingress {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026
constexpr char32_t kMaxCodePoint = 0x10FFFF;

struct LeadByte {
  std::size_t size;      // bytes of the whole sequence
  char32_t bits;         // payload of the lead byte
  char32_t min_encoded;  // anything smaller is an overlong form
};

LeadByte Classify(std::uint8_t byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xC2 && byte <= 0xDF) return {2, byte & 0x1Fu, 0x80};
  if (byte >= 0xE0 && byte <= 0xEF) return {3, byte & 0x0Fu, 0x800};
  if (byte >= 0xF0 && byte <= 0xF4) return {4, byte & 0x07u, 0x10000};
  return {0, 0, 0};
}

}  // namespace

Utf8Step NextCodePoint(std::string_view text) {
  if (text.empty()) return {};
  constexpr Utf8Step kInvalid{.code_point = 0xFFFD, .size = 1, .valid = false};
  const LeadByte lead = Classify(static_cast<std::uint8_t>(text[0]));
  if (lead.size == 0 || lead.size > text.size()) return kInvalid;
  char32_t value = lead.bits;
  for (std::size_t i = 1; i < lead.size; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xC0u) != 0x80) return kInvalid;
    value = value << 6 | (byte & 0x3Fu);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < lead.min_encoded || value > kMaxCodePoint || surrogate) return kInvalid;
  return {.code_point = value, .size = lead.size, .valid = true};
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Step step = NextCodePoint(text);
    if (!step.valid) return false;
    text.remove_prefix(step.size);
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
    const Utf8Step step = NextCodePoint(text);
    const bool shown = step.valid && !IsUnprintable(step.code_point);
    const std::string_view piece = shown ? text.substr(0, step.size) : kReplacement;
    if (out.size() + piece.size() > max_bytes) {
      out.resize(room_for_mark);
      if (max_bytes >= kEllipsis.size()) out += kEllipsis;
      return out;
    }
    out += piece;
    if (out.size() + kEllipsis.size() <= max_bytes) room_for_mark = out.size();
    text.remove_prefix(step.size);
  }
  return out;
}

}  // namespace ingress
