#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace ingress::rpc {

/// Nanoseconds since 1970, as psrpc and LiveKit's states count time.
inline std::int64_t ToNanoseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace ingress::rpc
