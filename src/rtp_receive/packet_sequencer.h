#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "rtp_receive/missing_packets.h"
#include "rtp_receive/received_packet.h"
#include "rtp_receive/reception_report.h"
#include "rtp_receive/sequence_tracker.h"

namespace ingress::rtp_receive {

/// One packet in its order. The view is good for as long as the call that hands it over.
struct OrderedPacket {
  std::uint32_t timestamp = 0;
  bool marker = false;
  ByteView payload{};  // empty: padding alone
  TimePoint arrival{};
  /// Packets before it were lost for good, or the sender began anew.
  bool after_gap = false;
};

/// Takes packets in their order.
class OrderedPacketSink {
 public:
  virtual ~OrderedPacketSink() = default;
  virtual void OnOrdered(const OrderedPacket& packet) = 0;
};

/// Puts the packets of one SSRC in order, each once, and gives up those that stay away for longer
/// than it takes to repair them.
///
/// While nothing is missing a packet goes on at once, without a copy. Behind a gap packets wait,
/// up to kMaxWaiting of them and kMaxWaitingBytes. Sans-IO.
class PacketSequencer {
 public:
  static constexpr std::size_t kMaxWaiting = 2'048;
  static constexpr std::size_t kMaxWaitingBytes = std::size_t{3} << 20;
  /// We wait so long for an overtaken packet where nothing can be asked for.
  static constexpr std::chrono::milliseconds kReordering{30};
  /// Packets gather for so long at the beginning, where nobody knows which one is the first: video
  /// that begins in the middle of a key frame has to wait for the next.
  static constexpr std::chrono::milliseconds kBeginning{10};
  /// We repair no more than kMaxOfOutage packets of what is missing after nothing has come for
  /// kOutage: the rest is too old to be of use.
  static constexpr std::chrono::milliseconds kOutage{500};
  static constexpr std::int64_t kMaxOfOutage = 32;

  struct Options {
    std::uint32_t ssrc = 0;
    std::uint32_t clock_rate = 90'000;
    bool requests = false;  // the sender understands NACK
    std::chrono::milliseconds beginning{0};
    /// No gap is waited for longer …
    std::chrono::milliseconds max_hold = RepairTime::kMaxHold;
    /// … and none of more packets at all.
    std::int64_t max_gap = MissingPackets::kMax;
  };

  /// `sink` must outlive it.
  PacketSequencer(const Options& options, OrderedPacketSink& sink)
      : options_(options),
        sink_(&sink),
        missing_(options.requests),
        report_(options.ssrc, options.clock_rate) {}

  void OnPacket(const ReceivedPacket& packet, TimePoint arrival);
  /// Takes one out of a retransmission stream (RFC 4588), whose `header.sequence` is the
  /// original one, when that is missing. Returns whether it was.
  bool OnRetransmission(const ReceivedPacket& packet, TimePoint arrival);
  void OnSenderReport(rtp::NtpTime ntp, TimePoint arrival) { report_.OnSenderReport(ntp, arrival); }

  /// Gives up what has been waited for long enough at `now`.
  void Poll(TimePoint now);
  /// Says when Poll() or TakeRequests() has something to do.
  TimePoint deadline() const;
  /// Packets to ask for at `now`.
  std::vector<rtp::SequenceNumber> TakeRequests(TimePoint now) { return missing_.TakeDue(now); }

  ReceptionReport& report() { return report_; }
  const ReceptionReport& report() const { return report_; }
  const MissingPackets& missing() const { return missing_; }

  struct Counters {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;  // payload
    std::uint64_t lost = 0;   // given up
    std::uint64_t repaired = 0;
    std::uint64_t useless = 0;  // came again, or after they were given up
    std::uint64_t stray = 0;    // far from all others
    std::uint64_t restarts = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  struct Waiting {
    std::uint32_t timestamp = 0;
    bool marker = false;
    Bytes payload;
    TimePoint arrival{};
  };

  void Place(std::int64_t sequence, const ReceivedPacket& packet, TimePoint arrival);
  void Restart(std::int64_t sequence);
  void OnNewest(std::int64_t sequence, TimePoint arrival);
  bool IsWorthRepair(std::int64_t packets, TimePoint arrival) const;
  void Deliver(const OrderedPacket& packet);
  void DeliverWaiting();
  void GiveUpGap();
  void Begin();
  TimePoint GapExpires() const;
  Clock::duration hold() const;

  Options options_;
  OrderedPacketSink* sink_;
  SequenceTracker tracker_;
  MissingPackets missing_;
  ReceptionReport report_;
  bool started_ = false;
  std::optional<TimePoint> begins_at_;  // until then packets gather
  std::int64_t next_ = 0;               // the next one to go on
  std::int64_t highest_ = 0;            // that has come …
  TimePoint highest_at_{};              // … and when
  bool after_gap_ = false;              // what goes on next has lost something before it
  std::map<std::int64_t, Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  Counters counters_;
};

}  // namespace ingress::rtp_receive
