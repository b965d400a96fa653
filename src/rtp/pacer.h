#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "rtp/packet.h"
#include "rtp/ring_queue.h"

namespace ingress::rtp {

enum class PacketPriority { kAudio, kRetransmission, kVideo };

/// Spreads the packets of all senders of one transport over time.
///
/// Audio leaves at the next Poll(), always. Retransmissions and video share a leaky bucket; the
/// former go first. All layers' ordinary frames fit in the bucket's burst and leave at once; a key
/// frame drains at `rate_factor` times the nominal bitrate, or faster where that is needed for
/// every packet to leave within `max_delay` of its arrival. As layers of one picture arrive within
/// a few milliseconds, they leave within 30 ms of each other (the SFU refuses a layer switch beyond
/// 50).
///
/// Sans-IO: the caller polls at NextDeadline() and after each batch of Enqueue().
class Pacer {
 public:
  struct Options {
    std::uint64_t bitrate = 4'000'000;  // nominal, bits per second, of all senders together
    double rate_factor = 2.5;
    std::chrono::milliseconds max_delay{20};
    std::chrono::milliseconds step{4};         // least time between two deadlines of a queue
    std::size_t burst = 24 * 1024;             // bytes that may leave back to back, at least
    std::chrono::milliseconds burst_time{80};  // of the nominal bitrate, likewise
    std::size_t max_queue = 8 * 1024 * 1024;   // bytes; what does not fit is dropped
  };

  explicit Pacer(Options options);

  /// The nominal bitrate changed: a track came, a layer was paused.
  void SetBitrate(std::uint64_t bitrate);

  /// False when the queue is full; the packet is gone then.
  bool Enqueue(PacketPtr packet, PacketPriority priority, TimePoint now);

  struct Due {
    PacketPtr packet{};
    PacketPriority priority = PacketPriority::kVideo;
  };

  /// The next packet that may leave at `now`; call until empty.
  std::optional<Due> Poll(TimePoint now);

  /// When Poll() will have something; empty when nothing is queued. May lie in the past.
  std::optional<TimePoint> NextDeadline() const;

  /// Drops what is queued: the transport is gone.
  void Clear();

  std::size_t queued_bytes() const { return queued_bytes_; }
  std::size_t queued_packets() const {
    return audio_.size() + retransmissions_.size() + video_.size();
  }
  std::uint64_t dropped_packets() const { return dropped_packets_; }

 private:
  struct Entry {
    PacketPtr packet{};
    TimePoint enqueued_at{};
  };

  double BytesPerNanosecond() const;
  double Burst() const;
  TimePoint OldestPaced() const;
  void Drain(TimePoint now);
  Due Pop(RingQueue<Entry>& queue, PacketPriority priority);

  Options options_;
  RingQueue<Entry> audio_;
  RingQueue<Entry> retransmissions_;
  RingQueue<Entry> video_;
  std::size_t queued_bytes_ = 0;  // all
  std::size_t paced_bytes_ = 0;   // retransmissions and video
  double level_ = 0;              // bytes in the bucket
  TimePoint drained_at_{};
  std::uint64_t dropped_packets_ = 0;
};

}  // namespace ingress::rtp
