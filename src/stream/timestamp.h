#pragma once

#include <cstdint>

#include "base/clock.h"

namespace ingress::stream {

/// What an input's timestamps count. Tracks with equal clocks count from the same zero, so that
/// their numbers can be compared; an input whose tracks do not (RTP without sender reports) gives
/// each track a clock of its own rate.
///
///   FLV, RTMP   1 000 ticks per second, 32 bits, of which some encoders use 31
///   MPEG-TS     90 000, 33 bits
///   RTP         90 000 for video, 48 000 for Opus, 32 bits, exact
struct TickClock {
  std::uint32_t rate = 1'000;  // ticks per second, at least 1
  std::uint8_t bits = 64;      // the numbers wrap at 2^bits, 2 to 64
  /// Fewer bits at which some senders of such numbers wrap already; zero: none does.
  std::uint8_t short_bits = 0;
  /// Each frame has the time at which it begins, and what is missing before it shows in that. Else
  /// numbers may be rounded, and frames that come together may share one.
  bool exact = false;

  bool operator==(const TickClock&) const = default;
};

/// A number on a sender's clock. It wraps and jumps as the sender's does: timing/media_clock.h
/// makes time of it.
struct Timestamp {
  std::uint64_t ticks = 0;
  TickClock clock{};

  bool operator==(const Timestamp&) const = default;
};

/// The signed way from one number to another of the same clock, across its wraps. Half of the range
/// counts as backwards; ways near half of that lead across the wrap of senders with `short_bits`.
std::int64_t TicksBetween(const Timestamp& from, const Timestamp& to);

/// So many ticks as time, rounded towards zero; at most some 270 years.
SessionTime ToTime(std::int64_t ticks, std::uint32_t rate);

/// The number as time since the clock's zero.
SessionTime ToTime(const Timestamp& timestamp);

/// TicksBetween() as time.
inline SessionTime TimeBetween(const Timestamp& from, const Timestamp& to) {
  return ToTime(TicksBetween(from, to), to.clock.rate);
}

}  // namespace ingress::stream
