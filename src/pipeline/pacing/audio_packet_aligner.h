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

/// Computes how much later audio packets should begin, so that each is complete just before a batch
/// of media is read.
///
/// Where the batch interval equals the packet length, every packet leaves equally long after its
/// media time: with the first batch that finds even the slowest packets complete. How long packets
/// wait for that batch depends on chance, from zero to a whole interval, and changes with clock
/// drift. When packets begin at other times, the wait is next to nothing.
///
/// The class learns how long packets take to be complete while media comes as it arrives: from the
/// arrival of the earliest coded frame to the completion of the latest packet. In batches the
/// earliest coded frame of a second still shows it, because frames of another length than packets
/// arrive in every part of an interval.
///
/// Packets are moved once after a second of batches. Every later move needs evidence that jitter
/// cannot give: the mean wait over a period, which doubles with each move. Clocks that drift by
/// 100 ppm take a minute to drift by what is worth a move.
///
/// Sans-IO. Times are on the session's time line.
class AudioPacketAligner {
 public:
  /// The length of a packet. At a longer batch interval packets leave in bunches, and none is
  /// moved.
  static constexpr std::chrono::milliseconds kPacket = codec::kOpusPacketDuration;
  /// Packets can be moved by multiples of this: the lengths of short Opus frames.
  static constexpr std::chrono::milliseconds kMoveStep{5};
  /// Packets are not moved for a shorter wait than this, the first time and later.
  static constexpr std::chrono::milliseconds kWorthMoving{6};
  static constexpr std::chrono::milliseconds kWorthMovingAgain{8};
  /// Later moves leave at least this much of the wait, as a margin for measurement errors.
  static constexpr std::chrono::milliseconds kRemainingWait{2};
  /// The time that packets are observed before a second move. It doubles with each further move.
  static constexpr std::chrono::seconds kMoveInterval{5};
  static constexpr std::chrono::seconds kLongestMoveInterval{300};
  /// The latest packets shall be complete this long before a batch.
  static constexpr std::chrono::milliseconds kReadyMargin{2};
  /// The least time of observation before anything is concluded.
  static constexpr std::chrono::milliseconds kLatenessWindow{1000};

  /// A coded frame of `pts` arrived.
  void OnInput(SessionTime pts, SessionTime now) { inputs_.Note(now - pts, now); }

  /// A packet is complete. Short ones, which move the others, are complete too soon to count.
  void OnPacket(const EncodedFrame& packet, SessionTime now) {
    if (packet.duration == kPacket) packets_.Note(now - packet.pts, now);
  }

  /// Sets the time between batches of media; zero: media comes as it arrives.
  void SetBatchInterval(std::chrono::milliseconds batch_interval, SessionTime now);

  /// Returns by how much packets should begin later from now on, in [0, batch interval). The caller
  /// must apply it, and call this about once per second.
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
  /// From the earliest coded frame's lateness to that of the latest packet, without batches.
  std::optional<SessionTime> takes_;
  std::complex<double> waits_;  // since since_, as points on a circle of one batch interval
  std::uint64_t moves_ = 0;
};

}  // namespace ingress::pipeline
