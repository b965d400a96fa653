#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "rtp/ring_queue.h"

namespace ingress::rtp {

/// What transport-wide feedback says about one packet.
struct PacketResult {
  std::size_t size = 0;
  TimePoint sent_at{};
  std::optional<std::chrono::microseconds> arrival{};  // receiver's clock; empty: lost
};

/// How much the way to the peer can carry, from transport-wide feedback.
///
/// Says nothing until congestion was seen once: a sender that is not held back shows only what it
/// sends, not what would fit. Congestion is a queue that stands (the fastest packet of the last
/// kQueueWindow still took kQueueLimit longer than the fastest of the last seconds; single late
/// packets, as a busy host makes them, do not count), or loss of more than kLossLimit. The estimate
/// then falls below what was delivered, and grows again while all is well, but never above
/// kHeadroom times what is delivered, because nothing is known of that. After kForget without
/// congestion it is dropped.
///
/// Idea: Google congestion control (draft-ietf-rmcat-gcc-02), with the trend of the delay replaced
/// by its minimum.
/// Sans-IO.
class BandwidthEstimator {
 public:
  static constexpr std::chrono::milliseconds kQueueWindow{300};
  static constexpr std::chrono::milliseconds kQueueLimit{60};
  static constexpr double kLossLimit = 0.10;
  static constexpr double kHeadroom = 4;
  static constexpr std::chrono::seconds kForget{180};

  /// For so long after streams came or went, loss says nothing: a peer reports none of the packets
  /// that it gets too late for a stream it has ended, or too early for one it has not set up.
  static constexpr std::chrono::milliseconds kStreamsSettle{700};

  /// The results of one feedback message, in the order they were sent.
  void OnFeedback(std::span<const PacketResult> results, TimePoint now);

  /// Streams came or went.
  void OnStreamsChanged(TimePoint now) { loss_counts_from_ = now + kStreamsSettle; }

  /// Bits per second; empty while no limit is known.
  std::optional<std::uint64_t> estimate() const {
    return estimate_ ? std::optional(static_cast<std::uint64_t>(*estimate_)) : std::nullopt;
  }

 private:
  struct Sample {
    TimePoint reported_at{};
    std::chrono::microseconds fastest{};  // way of the fastest packet, on unrelated clocks
    std::size_t bytes = 0;                // that arrived
    std::uint32_t received = 0;
    std::uint32_t lost = 0;
  };

  void Add(std::span<const PacketResult> results, TimePoint now);
  void RememberFastest(std::chrono::microseconds way, TimePoint now);
  std::chrono::microseconds StandingQueue(TimePoint now) const;
  double Loss() const;
  double Delivered(TimePoint now) const;
  bool MayFall(std::chrono::microseconds queue, TimePoint now);
  void Fall(double to, std::chrono::microseconds queue, TimePoint now);
  void Grow(TimePoint now);

  RingQueue<Sample> samples_;  // of the last kLossWindow
  // The fastest way of this and of the last period.
  std::optional<std::chrono::microseconds> base_;
  std::optional<std::chrono::microseconds> last_base_;
  TimePoint period_start_{};

  std::optional<double> estimate_;
  TimePoint fell_at_{};
  TimePoint loss_counts_from_{};
  std::chrono::microseconds queue_at_fall_{0};
  int falls_in_vain_ = 0;
  TimePoint grown_at_{};
};

}  // namespace ingress::rtp
