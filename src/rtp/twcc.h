#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "rtp/bandwidth_estimator.h"
#include "rtp/ring_queue.h"
#include "rtp/rtcp.h"

namespace ingress::rtp {

/// Transport-wide sequence numbers: gives each sent packet its number and joins the receiver's
/// feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01) with what was sent.
/// One per transport. Takes no decision.
class TransportFeedbackTracker {
 public:
  static constexpr std::size_t kMaxSent = 4096;  // packets remembered

  /// The number for a packet of `size` bytes that leaves at `now`. Numbers start at 1.
  std::uint16_t OnSent(std::size_t size, TimePoint now);

  /// What became of packets that are remembered and that no feedback before has named. Valid until
  /// the next call.
  std::span<const PacketResult> OnFeedback(const TransportFeedback& feedback);

 private:
  struct Sent {
    std::size_t size = 0;
    TimePoint sent_at{};
    bool reported = false;
  };

  Sent* Find(std::uint16_t sequence);
  std::chrono::microseconds Unwrap(std::chrono::microseconds arrival);

  RingQueue<Sent> sent_;  // consecutive numbers, the newest is next_ - 1
  std::uint16_t next_ = 1;
  std::vector<PacketResult> latest_;
  std::optional<std::chrono::microseconds> last_arrival_;
};

}  // namespace ingress::rtp
