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

/// Takes out of the sound the jitter that its own frames bring.
///
/// Coded frames come in another length than packets leave in, so packets become complete in a saw
/// tooth: of AAC, 0 to 21 ms behind their time. libwebrtc's sound buffer counts lateness in steps
/// of 20 ms, one packet, and keeps two packets for what reaches the second step. So packets that
/// are early are held until the spread is kSpread. The latest leave as before, and listeners hear
/// all of it a packet sooner.
///
/// Where media comes at a beat of one packet, each packet leaves with the beat that is nearest to
/// when the latest would, and no timer is needed but for a beat that brings nothing.
///
/// Sans-IO. Times are on the session's time line.
class AudioPacer {
 public:
  /// What is left of the jitter. The way to the receiver adds its own to it.
  static constexpr std::chrono::milliseconds kSpread{8};
  /// Jitter beyond it comes from the network, and nothing is held for that. HE-AAC brings 43 ms.
  static constexpr std::chrono::milliseconds kRhythm{45};
  /// A beat longer than a packet cannot be evened out.
  static constexpr std::chrono::milliseconds kLongestBatchInterval = codec::kOpusPacketDuration;
  /// How much later than its time a packet may leave when it waits for a beat.
  static constexpr std::chrono::milliseconds kBatchJitter{4};
  /// The longest that a packet is held.
  static constexpr std::chrono::milliseconds kMaxPacketHold{35};
  /// Lateness is looked at over one to two of these.
  static constexpr std::chrono::milliseconds kLatenessWindow{500};

  using OnPacket = std::function<void(const EncodedFrame& packet, int level_dbov)>;

  explicit AudioPacer(OnPacket on_packet) : on_packet_(std::move(on_packet)) {}

  /// Packets leave in the order of these calls.
  void Push(const EncodedFrame& packet, int level_dbov, SessionTime now);

  /// Media has come: lets go of what is due, at a beat also of what soon will be.
  void OnTick(SessionTime now);

  /// Lets go of what no beat has taken along.
  void Poll(SessionTime now);

  /// When the next one is due; empty while none is held.
  std::optional<SessionTime> deadline() const;

  /// How often media comes, and OnTick() is called; zero, as at first: whenever it is there.
  void SetBatchInterval(std::chrono::milliseconds batch_interval) {
    batch_interval_ = batch_interval;
  }

 private:
  static constexpr std::size_t kMaxHeld = 16;  // packets

  struct Held {
    EncodedFrame packet;  // its memory serves again
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
