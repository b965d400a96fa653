#pragma once

#include <chrono>
#include <complex>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/encoded_frame.h"
#include "codec/opus_format.h"
#include "pipeline/pacing/lateness.h"

namespace ingress::pipeline {

/// Tells how much later packets of sound should begin, so that each is complete just before a beat.
///
/// Where media comes at a beat as long as a packet, every packet leaves equally long after its
/// time: with the first beat that finds even those complete that take longest. How long that is
/// past what they take is luck, and up to a whole beat; clocks that drift change it. When packets
/// begin at other times, it is next to nothing.
///
/// How long packets take to be complete is learnt while there is no beat, as compared to when the
/// first of their coded frames are there. At a beat the earliest coded frame of a second still
/// tells that, as frames of another length than packets come in every part of a beat.
///
/// Packets are moved once after a second of a beat. Everything later needs evidence that jitter
/// cannot give: the mean wait of a while, which gets longer with each move. Clocks that drift by
/// 100 ppm take a minute for what is worth a move.
///
/// Sans-IO. Times are on the session's time line.
class AudioPacketAligner {
 public:
  /// Of a packet. At a longer beat packets leave in bunches, and nothing is moved.
  static constexpr std::chrono::milliseconds kPacket = codec::kOpusPacketDuration;
  /// Packets can be moved by multiples of this: the lengths of short Opus frames.
  static constexpr std::chrono::milliseconds kMoveStep{5};
  /// Less than this of waiting is left alone, the first time and later.
  static constexpr std::chrono::milliseconds kWorthMoving{6};
  static constexpr std::chrono::milliseconds kWorthMovingAgain{8};
  /// So much of waiting is left by later moves, at least: room for what was measured wrongly.
  static constexpr std::chrono::milliseconds kRemainingWait{2};
  /// For so long packets are looked at before a second move; twice as long before each further one.
  static constexpr std::chrono::seconds kMoveInterval{5};
  static constexpr std::chrono::seconds kLongestMoveInterval{300};
  /// By how much before a beat the latest are to be complete.
  static constexpr std::chrono::milliseconds kReadyMargin{2};
  /// For so long things are looked at before anything is concluded.
  static constexpr std::chrono::milliseconds kLatenessWindow{1000};

  /// A coded frame of `pts` has come.
  void OnInput(SessionTime pts, SessionTime now) { inputs_.Note(now - pts, now); }

  /// A packet is complete. Short ones, by which others are moved, are so too soon to count.
  void OnPacket(const EncodedFrame& packet, SessionTime now) {
    if (packet.duration == kPacket) packets_.Note(now - packet.pts, now);
  }

  /// How often media comes; zero: whenever it is there.
  void SetBatchInterval(std::chrono::milliseconds batch_interval, SessionTime now);

  /// By how much packets should begin later from now on: zero, or less than a beat. Whoever asks
  /// sees to it. To be called every second or so.
  std::chrono::milliseconds Move(SessionTime now);

  /// How often packets were moved.
  std::uint64_t moves() const { return moves_; }

 private:
  void LookAnew(SessionTime now);
  SessionTime Wait() const;
  SessionTime MoveInterval() const;
  bool settled(SessionTime now) const;

  std::chrono::milliseconds batch_interval_{0};
  Lateness inputs_{kLatenessWindow};
  Lateness packets_{kLatenessWindow};
  std::optional<SessionTime> since_;  // of what inputs_ and packets_ hold
  /// From the earliest coded frame's lateness to that of the latest packet, without a beat.
  std::optional<SessionTime> takes_;
  std::complex<double> waits_;  // since since_, as points on a circle that is a beat long
  std::uint64_t moves_ = 0;
};

}  // namespace ingress::pipeline
