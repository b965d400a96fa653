#pragma once

#include <cstdint>

namespace ingress::srtp {

/// The 48-bit index of the packet with `sequence`, where `newest` is the highest index so far: the
/// nearest one with that sequence number (RFC 3711 §3.3.1). Counting starts with ROC 0, so what
/// seems to lie before that lies ahead.
constexpr std::uint64_t GuessIndex(std::uint64_t newest, std::uint16_t sequence) {
  constexpr std::uint64_t kCycle = 0x10000;
  constexpr std::uint64_t kHalf = kCycle / 2;
  const std::uint64_t same_cycle = newest / kCycle * kCycle + sequence;
  if (same_cycle + kHalf < newest) return same_cycle + kCycle;
  if (same_cycle > newest + kHalf && same_cycle >= kCycle) return same_cycle - kCycle;
  return same_cycle;
}

}  // namespace ingress::srtp
