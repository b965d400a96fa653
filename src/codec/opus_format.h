#pragma once

#include <chrono>
#include <cstddef>

namespace ingress::codec {

/// What Opus packets hold here: 20 ms at 48 kHz, F32 interleaved; 10 or 5 ms where they are moved.
inline constexpr int kOpusRate = 48'000;                // Hz
inline constexpr std::size_t kOpusPacketSamples = 960;  // per channel
inline constexpr auto kOpusPacketDuration = std::chrono::milliseconds(20);

}  // namespace ingress::codec
