#pragma once

#include <chrono>

#include "rtp_receive/packet_sequencer.h"
#include "rtp_receive/stream_stats.h"

namespace ingress::rtp_receive {

/// Counts what the packets of a stream say of themselves.
inline StreamStats SequencerStats(const PacketSequencer& packets) {
  const PacketSequencer::Counters& counters = packets.counters();
  const RepairTime& repair = packets.missing().repair_time();
  StreamStats stats;
  stats.packets = counters.packets;
  stats.bytes = counters.bytes;
  stats.lost = counters.lost;
  stats.repaired = counters.repaired;
  stats.useless = counters.useless;
  stats.requested = packets.missing().requested();
  stats.jitter = packets.report().jitter();
  if (repair.known()) {
    stats.repair_time = std::chrono::duration_cast<std::chrono::microseconds>(repair.time());
  }
  return stats;
}

}  // namespace ingress::rtp_receive
