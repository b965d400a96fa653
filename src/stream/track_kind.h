#pragma once

#include <cstdint>

namespace ingress {

/// The two tracks of a stream. Its values are used as indices.
enum class TrackKind : std::uint8_t { kAudio, kVideo };

}  // namespace ingress
