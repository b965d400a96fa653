#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "rtp/packet.h"

namespace ingress::rtp {

/// Expands the FCI of a Generic NACK (RFC 4585 §6.2.1) into the packets it asks for.
///
/// `fci`: whole 4-byte entries, PID then BLP in network order, without the RTCP header.
/// Returns the sequence numbers in wire order; repeats are kept.
/// Errors: kMalformed when `fci` is empty or its size is not a multiple of 4.
Result<std::vector<SequenceNumber>> ParseGenericNack(ByteView fci);

/// The last RTP packets sent on one SSRC, kept so that a NACK can be answered.
///
/// Holds packets of the last `max_age`, fewer when the bounds on packets or bytes are met; what is
/// dropped goes back to its pool. Packets must be stored in the order they were sent.
/// Sans-IO: reads no clock and owns no timer, the caller passes `now`.
class NackHistory {
 public:
  struct Options {
    std::size_t max_packets = 2048;
    std::size_t max_bytes = 2 * 1024 * 1024;  // on the wire, not of pool memory
    std::chrono::milliseconds max_age{1500};  // the SFU asks up to about 1 s after the loss
  };

  explicit NackHistory(Options options);

  /// Remembers `packet`, complete and before SRTP, as sent at `now`.
  void Store(PacketPtr packet, TimePoint now);

  /// Gives back what is past `max_age`; Store() does so too, this is for a stream that paused.
  void Expire(TimePoint now);

  /// The packet to send again, valid until the next Store(); null when unknown, too old, or resent
  /// less than `spacing` ago (that copy may still be on its way).
  const RtpPacket* TakeForResend(SequenceNumber sequence, TimePoint now,
                                 std::chrono::nanoseconds spacing);

  std::size_t packets() const { return count_; }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Slot {
    PacketPtr packet{};
    TimePoint sent_at{};
    std::optional<TimePoint> resent_at{};
  };

  Slot& SlotAt(std::size_t age) { return slots_[(first_ + age) % slots_.size()]; }
  Slot* Find(SequenceNumber sequence);
  void DropOldest();
  void Grow();

  Options options_;
  std::vector<Slot> slots_;  // a ring that grows up to max_packets
  std::size_t first_ = 0;    // the oldest
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace ingress::rtp
