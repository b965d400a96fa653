#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace ingress::input {

/// What has arrived of an encoder that sends RTP, and what it was told. Counts are since the start
/// of the source and never fall; times are of now.
struct Reception {
  enum class Path : std::uint8_t { kNone, kUdp, kTcp };  // by which media comes now

  Path path = Path::kNone;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;     // RTP payload
  std::uint64_t lost = 0;      // packets that never came, or too late
  std::uint64_t repaired = 0;  // packets that came because they were asked for
  // RTCP messages that were sent (RFC 4585, RFC 5104).
  std::uint64_t nacks = 0;
  std::uint64_t key_frame_requests = 0;  // PLI and FIR
  std::uint64_t transport_feedback = 0;
  std::uint64_t max_bitrates = 0;      // REMB
  std::chrono::microseconds jitter{};  // RFC 3550 §6.4.1, the largest
  std::optional<std::chrono::microseconds>
      repair_time{};  // from the NACK to the packet, the largest
  std::optional<std::chrono::microseconds> round_trip{};  // where the encoder tells what it takes
};

}  // namespace ingress::input
