#include "base/printable.h"

#include <cstdint>

namespace ingress {
namespace {

constexpr std::string_view kCut = "...";
constexpr std::string_view kHex = "0123456789abcdef";

std::string Escape(char character) {
  const auto byte = static_cast<std::uint8_t>(character);
  if (byte >= 0x20 && byte < 0x7f && character != '\\') return {character};
  return {'\\', 'x', kHex[byte >> 4], kHex[byte & 0x0f]};
}

}  // namespace

std::string Printable(std::string_view text, std::size_t max_length) {
  std::string out;
  std::size_t cut_at = 0;  // the longest prefix of `out` that leaves room for the ellipsis
  for (const char character : text) {
    out += Escape(character);
    if (out.size() + kCut.size() <= max_length) cut_at = out.size();
    if (out.size() > max_length) {
      out.resize(cut_at);
      return out.append(kCut.substr(0, max_length));
    }
  }
  return out;
}

}  // namespace ingress
