#pragma once

#include <chrono>
#include <cstddef>

namespace ingress::media {

/// What Opus packets hold here: 20 ms at 48 kHz, F32 interleaved; 10 or 5 ms where they are moved.
inline constexpr int kOpusRate = 48'000;               // Hz
inline constexpr std::size_t kSamplesPerPacket = 960;  // a channel
inline constexpr auto kPacketDuration = std::chrono::milliseconds(20);

}  // namespace ingress::media
