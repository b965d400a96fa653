#include "base/utf8.h"

#include <cstddef>

namespace ingress {
namespace {

struct Lead {
  std::size_t size = 0;   // bytes of the sequence; 0 when the byte cannot begin one
  char32_t bits = 0;      // of the lead byte
  char32_t smallest = 0;  // code point that needs this size
};

Lead ReadLead(unsigned char byte) {
  if (byte < 0x80) return {.size = 1, .bits = byte, .smallest = 0};
  if (byte < 0xC0) return {};
  if (byte < 0xE0) return {.size = 2, .bits = byte & 0x1FU, .smallest = 0x80};
  if (byte < 0xF0) return {.size = 3, .bits = byte & 0x0FU, .smallest = 0x800};
  if (byte < 0xF8) return {.size = 4, .bits = byte & 0x07U, .smallest = 0x10000};
  return {};
}

bool IsSurrogate(char32_t code_point) { return code_point >= 0xD800 && code_point <= 0xDFFF; }

}  // namespace

char32_t TakeCodePoint(std::string_view& text) {
  const Lead lead = ReadLead(static_cast<unsigned char>(text.front()));
  const std::string_view sequence = text.substr(0, lead.size);
  char32_t code_point = lead.bits;
  bool valid = lead.size != 0 && sequence.size() == lead.size;
  for (std::size_t i = 1; valid && i < lead.size; ++i) {
    const auto byte = static_cast<unsigned char>(sequence[i]);
    valid = (byte & 0xC0U) == 0x80U;
    code_point = code_point << 6 | (byte & 0x3FU);
  }
  valid =
      valid && code_point >= lead.smallest && code_point <= 0x10FFFF && !IsSurrogate(code_point);
  text.remove_prefix(valid ? lead.size : 1);
  return valid ? code_point : kReplacementCharacter;
}

std::string ToValidUtf8(std::string_view text) {
  static constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const bool bad = TakeCodePoint(text) == kReplacementCharacter;
    out.append(bad ? kReplacement : before.substr(0, before.size() - text.size()));
  }
  return out;
}

}  // namespace ingress
