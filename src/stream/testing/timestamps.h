#pragma once

#include <cstdint>

#include "stream/timestamp.h"

namespace ingress::stream {

/// A timestamp as FLV has them: 32 bits of milliseconds, of which some senders use 31.
constexpr Timestamp AtMs(std::uint32_t milliseconds) {
  return {.ticks = milliseconds, .clock = {.rate = 1'000, .bits = 32, .short_bits = 31}};
}

}  // namespace ingress::stream
