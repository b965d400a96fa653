#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace ingress::srtp {

/// XORs SSRC and 48-bit index, in this order, into 10 bytes of an initialisation vector.
inline void MixIn(std::span<std::uint8_t, 10> vector, std::uint32_t ssrc, std::uint64_t index) {
  for (std::size_t i = 0; i < 4; ++i) vector[i] ^= static_cast<std::uint8_t>(ssrc >> (24 - 8 * i));
  for (std::size_t i = 0; i < 6; ++i) {
    vector[4 + i] ^= static_cast<std::uint8_t>(index >> (40 - 8 * i));
  }
}

/// Copies what stays readable, unless it lies there already.
inline void CopyHeader(ByteView header, std::span<std::uint8_t> out) {
  if (header.data() != out.data()) std::ranges::copy(header, out.begin());
}

}  // namespace ingress::srtp
