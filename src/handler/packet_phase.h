#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/encoded_frame.h"
#include "handler/lateness.h"
#include "media/audio_format.h"

namespace ingress::handler {

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
/// Sans-IO. Times are on the session's time line.
class PacketPhase {
 public:
  /// Of a packet. At a longer beat packets leave in bunches, and nothing is moved.
  static constexpr std::chrono::milliseconds kPacket = media::kPacketDuration;
  /// Packets can be moved by multiples of this: the lengths of short Opus frames.
  static constexpr std::chrono::milliseconds kStep{5};
  /// Less than this of waiting is left alone.
  static constexpr std::chrono::milliseconds kWorthMoving{6};
  /// By how much before a beat the latest are to be complete.
  static constexpr std::chrono::milliseconds kMargin{2};
  /// For so long things are looked at before anything is concluded.
  static constexpr std::chrono::milliseconds kWindow{1000};

  /// A coded frame of `pts` has come.
  void OnInput(SessionTime pts, SessionTime now) { inputs_.Note(now - pts, now); }

  /// A packet is complete. Short ones, by which others are moved, are so too soon to count.
  void OnPacket(const EncodedFrame& packet, SessionTime now) {
    if (packet.duration == kPacket) packets_.Note(now - packet.pts, now);
  }

  /// How often media comes; zero: whenever it is there.
  void SetBeat(std::chrono::milliseconds beat, SessionTime now);

  /// By how much packets should begin later from now on: zero, or less than a beat. Whoever asks
  /// sees to it.
  std::chrono::milliseconds Move(SessionTime now);

 private:
  void LookAnew(SessionTime now);
  bool settled(SessionTime now) const;

  std::chrono::milliseconds beat_{0};
  Lateness inputs_{kWindow};
  Lateness packets_{kWindow};
  std::optional<SessionTime> since_;  // of what inputs_ and packets_ hold
  /// From the earliest coded frame's lateness to that of the latest packet, without a beat.
  std::optional<SessionTime> takes_;
};

}  // namespace ingress::handler
