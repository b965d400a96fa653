#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "rtp/packet.h"
#include "rtp_receive/repair_time.h"

namespace ingress::rtp_receive {

/// Remembers which packets of one SSRC are missing, and says which of them to ask for (RFC 4585
/// §6.2.1).
///
/// A packet is asked for when its gap is kFirstRequest old or kPassed packets have overtaken it,
/// again when the repair time has passed without it, kMaxRequests times in all. Sans-IO; sequence
/// numbers as SequenceTracker extends them.
class MissingPackets {
 public:
  static constexpr auto kFirstRequest = RepairTime::kFirstRequest;
  static constexpr std::int64_t kPassed = 3;
  static constexpr int kMaxRequests = 6;
  /// More at a time are not repaired: a burst like that needs a key frame.
  static constexpr std::size_t kMax = 512;
  /// Between two datagrams that ask: what falls due meanwhile goes with the next.
  static constexpr std::chrono::milliseconds kTick{5};

  /// `requests`: the sender has said that it understands them; else nothing is asked for.
  explicit MissingPackets(bool requests) : requests_(requests) {}

  /// Packets `first` to `last`, above all before, have been overtaken by `last` + 1. False when
  /// that makes more than kMax; then none is remembered any more.
  bool Add(std::int64_t first, std::int64_t last, TimePoint now);
  /// The newest packet that has come, which says how many have passed those that are missing.
  void OnNewest(std::int64_t sequence) { newest_ = sequence; }

  /// A packet that was missing has come. True when it had been asked for. One that was given up
  /// says how long a repair takes, too, or a hold that is too short would stay so.
  bool OnArrived(std::int64_t sequence, TimePoint now);
  /// Nothing below `sequence` is of use any more.
  void GiveUpBefore(std::int64_t sequence);
  void Clear() { missing_.clear(); }

  bool Contains(std::int64_t sequence) const { return Find(sequence) != nullptr; }
  /// Says when `sequence` began to be missing; empty: it is not among those remembered.
  std::optional<TimePoint> Since(std::int64_t sequence) const;

  /// Returns what to ask for now, in ascending order; those count as asked for.
  std::vector<rtp::SequenceNumber> TakeDue(TimePoint now);
  /// Says when TakeDue() gives something; max() when there is nothing to ask for.
  TimePoint deadline() const;

  bool empty() const { return missing_.empty(); }
  const RepairTime& repair_time() const { return repair_time_; }
  std::uint64_t requested() const { return requested_; }  // repeats included

 private:
  struct Missing {
    std::int64_t sequence = 0;
    TimePoint since{};
    TimePoint asked_at{};
    TimePoint asked_before{};  // the time before that
    int requests = 0;
  };

  static constexpr std::size_t kGivenUp = 64;

  const Missing* Find(std::int64_t sequence) const;
  void OnGivenUpArrived(std::int64_t sequence, TimePoint now);
  void Measure(const Missing& missing, TimePoint now);
  TimePoint DueAt(const Missing& missing) const;

  bool requests_;
  std::vector<Missing> missing_;   // ascending
  std::vector<Missing> given_up_;  // the newest of those that were asked for
  std::int64_t newest_ = 0;
  TimePoint not_before_{};
  RepairTime repair_time_;
  std::uint64_t requested_ = 0;
};

}  // namespace ingress::rtp_receive
