#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace ingress::rtp_receive {

/// Reserves the length of a NAL unit that is yet to come, four bytes, and says where it stands.
inline std::size_t BeginLength(Bytes& frame) {
  const std::size_t at = frame.size();
  frame.resize(at + 4);
  return at;
}

/// Everything behind it is the unit.
inline void EndLength(Bytes& frame, std::size_t at) {
  const std::size_t size = frame.size() - at - 4;
  for (std::size_t i = 0; i < 4; ++i) {
    frame[at + i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
  }
}

}  // namespace ingress::rtp_receive
