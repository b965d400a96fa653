#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "rtp/packet.h"
#include "rtp_receive/packet_sequencer.h"
#include "rtp_receive/received_packet.h"
#include "rtp_receive/stream_stats.h"
#include "rtp_receive/track_aligner.h"
#include "stream/unit.h"

namespace ingress::rtp_receive {

/// The packets of one SSRC and what is made of them. Sans-IO.
class MediaStream {
 public:
  MediaStream() = default;
  virtual ~MediaStream() = default;
  MediaStream(const MediaStream&) = delete;
  MediaStream& operator=(const MediaStream&) = delete;

  virtual TrackKind kind() const = 0;
  virtual PacketSequencer& packets() = 0;
  virtual TrackAligner::Stream& clock() = 0;

  /// Adds the units that are ready at `now`.
  virtual void TakeUnits(TimePoint now, stream::Units& units) = 0;
  /// Says whether to ask for a key frame at `now`; it counts as asked.
  virtual bool TakeKeyFrameRequest(TimePoint now) = 0;
  /// Says when one of the two has something to give, or packets() to ask for.
  virtual TimePoint deadline() const = 0;

  virtual void WantKeyFrame() = 0;
  /// The sender was asked for key frames and does not answer.
  virtual bool unresponsive() const = 0;

  virtual StreamStats stats() const = 0;
};

}  // namespace ingress::rtp_receive
