#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace ingress {

/// The bytes of a hexadecimal text such as "02 0003 616263"; anything but hex digits is passed
/// over. For wire vectors in tests.
inline Bytes FromHex(std::string_view text) {
  Bytes out;
  int digits = 0;
  for (const char character : text) {
    constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
    const std::size_t position = kDigits.find(character);
    if (position == std::string_view::npos) continue;
    const auto value = static_cast<std::uint8_t>(position < 16 ? position : position - 6);
    if (digits++ % 2 == 0) {
      out.push_back(static_cast<std::uint8_t>(value << 4));
    } else {
      out.back() = static_cast<std::uint8_t>(out.back() | value);
    }
  }
  return out;
}

}  // namespace ingress
