#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "base/clock.h"

namespace ingress::rtp {

/// An NTP timestamp: 32 bits of seconds since 1900-01-01 UTC, 32 bits of fraction
/// (RFC 3550 §4). Seconds wrap in 2036.
struct NtpTime {
  std::uint64_t value = 0;

  /// The middle 32 bits, as in LSR and LRR: unit 1/65536 s.
  std::uint32_t middle() const { return static_cast<std::uint32_t>(value >> 16); }
  friend auto operator<=>(const NtpTime&, const NtpTime&) = default;
};

NtpTime ToNtp(WallTime time);

/// A duration in the unit of DLSR and DLRR (1/65536 s), rounded down; saturates, negative is zero.
std::uint32_t ToCompactNtp(std::chrono::nanoseconds duration);
std::chrono::nanoseconds FromCompactNtp(std::uint32_t duration);

}  // namespace ingress::rtp
