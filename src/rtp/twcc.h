#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "rtp/bandwidth_estimator.h"
#include "rtp/ring_queue.h"
#include "rtp/rtcp.h"

namespace ingress::rtp {

/// What one feedback, or the last second of them, says about the path.
struct PathEstimate {
  std::uint32_t received = 0;       // packets
  std::uint32_t lost = 0;           // packets
  double loss = 0;                  // lost / (received + lost), 0 to 1
  std::uint64_t delivered_bps = 0;  // bits per second that arrived; zero: too little to say
  /// How much longer the last packets were under way than the first: a queue that builds up.
  std::chrono::microseconds delay_growth{0};
};

/// Transport-wide sequence numbers: gives each sent packet its number and turns the receiver's
/// feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01) into a summary of the path.
/// One per transport. Takes no decision.
class TransportFeedbackTracker {
 public:
  static constexpr std::size_t kMaxSent = 4096;              // packets remembered
  static constexpr std::chrono::milliseconds kWindow{1000};  // of the smoothed estimate

  /// The number for a packet of `size` bytes that leaves at `now`. Numbers start at 1.
  std::uint16_t OnSent(std::size_t size, TimePoint now);

  /// The summary of this feedback alone; empty when it names nothing we remember.
  std::optional<PathEstimate> OnFeedback(const TransportFeedback& feedback, TimePoint now);

  /// What the last feedback said, packet by packet, as OnFeedback() took it.
  const std::vector<PacketResult>& latest() const { return latest_; }

  /// The summary over the feedback of the last kWindow; empty before the first.
  std::optional<PathEstimate> estimate() const;

 private:
  struct Sent {
    std::size_t size = 0;
    TimePoint sent_at{};
    bool reported = false;
  };
  struct Arrival {
    std::size_t size = 0;  // zero: lost
    TimePoint sent_at{};
    std::chrono::microseconds arrival{};  // receiver's clock, unwrapped
    TimePoint reported_at{};
  };

  Sent* Find(std::uint16_t sequence);
  PathEstimate Summarize(std::size_t from) const;
  std::chrono::microseconds Unwrap(std::chrono::microseconds arrival);

  RingQueue<Sent> sent_;  // consecutive numbers, the newest is next_ - 1
  std::uint16_t next_ = 1;
  RingQueue<Arrival> arrivals_;  // of the last kWindow
  std::vector<PacketResult> latest_;
  std::optional<std::chrono::microseconds> last_arrival_;
};

}  // namespace ingress::rtp
