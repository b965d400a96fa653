#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace ingress {

/// Detects when a noticeable share of a track's messages is dropped, and says why.
///
/// A stall ends with a burst that is left out; that is over at once. So messages must be dropped in
/// most of the samples of the last seconds. A track of which everything is damaged is unusable,
/// which has a warning of its own. Sans-IO; reads counters that only grow.
class DropMonitor {
 public:
  struct Counters {
    std::uint64_t messages = 0;
    std::uint64_t late = 0;     // of them, left out behind the live edge
    std::uint64_t damaged = 0;  // of them, not readable
  };

  static constexpr std::chrono::milliseconds kSample{500};
  static constexpr std::size_t kSamples = 6;
  /// This many samples must hold a loss.
  static constexpr int kLossySamples = 4;
  /// The share of messages that raises the warning, and the share below which it is over.
  static constexpr double kNoticeable = 0.1;
  static constexpr double kOver = 0.02;

  /// To be called every few hundred milliseconds or more often.
  void Poll(const Counters& counters, TimePoint now);

  /// What is dropped, in words: "34 % of its messages come too late". Empty: not noticeable.
  std::optional<std::string> Loss() const;
  /// Whether most of it came too late, which a slow upload explains.
  bool late() const { return total_.late >= total_.damaged; }

 private:
  std::array<Counters, kSamples> samples_{};  // a ring of differences
  std::size_t next_ = 0;
  Counters counted_;
  Counters total_;  // of the ring
  std::optional<TimePoint> sampled_at_;
  bool noticeable_ = false;
};

}  // namespace ingress
