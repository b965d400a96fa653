#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace ingress::codec {

/// The bytes that pairs of hexadecimal digits spell; anything else is skipped.
inline Bytes FromHex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  Bytes out;
  int digits = 0;
  std::uint8_t byte = 0;
  for (const char c : text) {
    const auto digit = kDigits.find(c);
    if (digit == std::string_view::npos) continue;
    byte = static_cast<std::uint8_t>(byte << 4 | digit);
    if (++digits % 2 == 0) out.push_back(byte);
  }
  return out;
}

}  // namespace ingress::codec
