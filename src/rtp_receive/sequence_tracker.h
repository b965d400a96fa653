#pragma once

#include <cstdint>
#include <optional>

#include "rtp/packet.h"

namespace ingress::rtp_receive {

/// Extends the sequence numbers of one SSRC to 64 bits and notices when its sender begins anew
/// (RFC 3550 appendix A.1).
///
/// A number far from the newest one is believed when the next one follows it: a sender that was
/// restarted sends more of them, a stray packet stays alone. Sans-IO.
class SequenceTracker {
 public:
  static constexpr std::int64_t kMaxForward = 3'000;
  static constexpr std::int64_t kMaxBackward = 1'000;

  struct Place {
    std::int64_t sequence = 0;  // extended; never less after a restart than before it
    bool restarted = false;     // nothing of before has anything to do with it
  };

  /// Places a packet; empty when it is to be dropped, as it lies too far off.
  std::optional<Place> Next(rtp::SequenceNumber sequence);

 private:
  static constexpr std::int64_t kCycle = std::int64_t{1} << 16;

  std::optional<std::int64_t> newest_;
  std::optional<rtp::SequenceNumber> expected_;  // would follow a number that lay far off
};

}  // namespace ingress::rtp_receive
