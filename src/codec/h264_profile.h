#pragma once

#include <cstdint>

namespace ingress::codec {

/// What encoded H.264 may use, the least first.
enum class H264Profile : std::uint8_t { kBaseline, kMain, kHigh };

}  // namespace ingress::codec
