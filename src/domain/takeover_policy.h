#pragma once

#include <cstdint>

namespace ingress {

/// What happens when an encoder publishes with a key that another one is publishing with.
enum class TakeoverPolicy : std::uint8_t { kTakeover, kReject };

}  // namespace ingress
