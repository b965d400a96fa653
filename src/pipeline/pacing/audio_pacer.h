#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/encoded_frame.h"
#include "codec/opus_format.h"
#include "pipeline/pacing/lateness.h"

namespace ingress::pipeline {

/// Removes the jitter that an audio track's own frame lengths cause.
///
/// Coded frames come in another length than packets leave in, so each packet is complete at a
/// different time after its media time: 0 to 21 ms for AAC. libwebrtc's audio jitter buffer counts
/// lateness in steps of 20 ms, one packet, and keeps two packets for a stream that reaches the
/// second step. So this class holds early packets until the spread is kSpread. The latest packets
/// leave as before, and listeners hear everything one packet sooner.
///
/// Where media comes in batches, one packet per batch, each packet leaves with the batch nearest to
/// the time at which the latest packet would leave. A timer is needed only when a batch brings
/// nothing.
///
/// Sans-IO. Times are on the session's time line.
class AudioPacer {
 public:
  /// The jitter that remains. The network adds its own to it.
  static constexpr std::chrono::milliseconds kSpread{8};
  /// Larger jitter comes from the network; no packet is held for it. HE-AAC causes 43 ms.
  static constexpr std::chrono::milliseconds kMaxFrameJitter{45};
  /// Batches further apart than this cannot be smoothed: each brings several packets.
  static constexpr std::chrono::milliseconds kLongestBatchInterval = codec::kOpusPacketDuration;
  /// A packet that waits for a batch leaves at most this long after it is due.
  static constexpr std::chrono::milliseconds kBatchJitter{4};
  /// The longest that a packet is held.
  static constexpr std::chrono::milliseconds kMaxPacketHold{35};
  /// The lateness is measured over one to two of these windows.
  static constexpr std::chrono::milliseconds kLatenessWindow{500};

  using OnPacket = std::function<void(const EncodedFrame& packet, int level_dbov)>;

  explicit AudioPacer(OnPacket on_packet) : on_packet_(std::move(on_packet)) {}

  /// Packets leave in the order of these calls.
  void Push(const EncodedFrame& packet, int level_dbov, SessionTime now);

  /// Sends the packets that are due. Where media comes in batches, also those that are due within
  /// half an interval. The caller calls it whenever media has come.
  void OnTick(SessionTime now);

  /// Sends the packets that are due and that no batch took along.
  void Poll(SessionTime now);

  /// When the next one is due; empty while none is held.
  std::optional<SessionTime> deadline() const;

  /// Sets the time between batches of media, which is that between calls of OnTick(). Zero, the
  /// initial value: media comes as it arrives.
  void SetBatchInterval(std::chrono::milliseconds batch_interval) {
    batch_interval_ = batch_interval;
  }

 private:
  static constexpr std::size_t kMaxHeld = 16;  // packets

  struct Held {
    EncodedFrame packet;  // its memory is reused
    int level_dbov = 0;
    SessionTime due{};
  };

  bool holds() const { return batch_interval_ <= kLongestBatchInterval; }
  bool Leaves(SessionTime due, SessionTime now) const { return due <= now + batch_interval_ / 2; }
  SessionTime Patience() const {
    return batch_interval_ > batch_interval_.zero() ? kBatchJitter : SessionTime{0};
  }
  SessionTime Due(SessionTime pts, SessionTime now) const;
  void ReleaseFirst();

  OnPacket on_packet_;
  std::chrono::milliseconds batch_interval_{0};
  Lateness lateness_{kLatenessWindow};
  std::array<Held, kMaxHeld> held_;  // a ring
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace ingress::pipeline
