#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "stream/track_kind.h"

namespace ingress::rtp_receive {

/// One stream of packets, for the dump and for metrics.
struct StreamStats {
  std::uint32_t ssrc = 0;
  TrackKind kind = TrackKind::kVideo;
  std::string rid{};          // empty: not simulcast
  std::uint64_t packets = 0;  // retransmissions on an SSRC of their own are not among them
  std::uint64_t bytes = 0;    // payload
  std::uint64_t lost = 0;     // never came, or too late
  std::uint64_t repaired = 0;
  std::uint64_t useless = 0;    // came again, or too late
  std::uint64_t requested = 0;  // sequence numbers in NACKs, repeats included
  std::uint64_t key_frame_requests = 0;
  std::uint64_t frames = 0;                 // of video: that were given out; of audio: packets
  std::uint64_t frames_incomplete = 0;      // of video: that lacked a packet
  std::uint64_t frames_skipped = 0;         // of video: that refer to such a one
  std::chrono::microseconds jitter{};       // RFC 3550 §6.4.1
  std::chrono::microseconds repair_time{};  // from the request to the arrival; zero: none yet
};

/// The sum over the streams of a transport, those included that another one has replaced. None of
/// it ever falls.
struct StreamTotals {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t lost = 0;
  std::uint64_t repaired = 0;
  std::uint64_t requested = 0;
  std::uint64_t key_frame_requests = 0;

  void Add(const StreamStats& stream) {
    packets += stream.packets;
    bytes += stream.bytes;
    lost += stream.lost;
    repaired += stream.repaired;
    requested += stream.requested;
    key_frame_requests += stream.key_frame_requests;
  }
};

}  // namespace ingress::rtp_receive
