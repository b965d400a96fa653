#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "ingress_ipc.pb.h"

namespace ingress::service {

/// What a handler of ours never exceeds, in whatever session. One that does is not ours any more:
/// the stream that it decodes may have taken it over, and the service is not to be hurt by it.
struct HandlerLimits {
  static constexpr std::size_t kFrame = std::size_t{128} << 10;  // bytes of one message
  static constexpr std::size_t kInput = std::size_t{16} << 10;   // bytes about one encoder
  static constexpr std::size_t kText = std::size_t{2} << 10;     // bytes
  static constexpr std::size_t kTrack = std::size_t{16} << 10;   // bytes of one TrackInfo
  static constexpr int kTracks = 16;
  static constexpr int kLayers = 16;
  static constexpr int kWarnings = 32;
  static constexpr int kSenders = 8;
  static constexpr double kMilliseconds = 1e12;  // either way; timestamps of encoders go to 2^32
  static constexpr double kCpuSeconds = 1e10;    // three years of 100 cores
  static constexpr double kFramerate = 1e5;      // frames per second
  static constexpr std::uint64_t kMemory = std::uint64_t{1} << 40;  // bytes
  /// It says about three messages per second, and what it could not say while the service stood
  /// still.
  static constexpr double kMessagesPerSecond = 30;
  static constexpr double kMessagesAtOnce = 1000;
  /// Each order is an answer to it and another grouping of its media.
  static constexpr std::chrono::milliseconds kBatchOrderEvery{100};
};

/// Returns what of a message breaks HandlerLimits, in words; empty when nothing does.
std::optional<std::string> FindViolation(const ipc::FromHandler& message);

/// Counts a handler's messages. Sans-IO.
class MessageBudget {
 public:
  explicit MessageBudget(TimePoint now) : last_(now) {}

  /// Takes one message; returns false when there have been too many.
  bool Take(TimePoint now) {
    const double passed = std::chrono::duration<double>(now - last_).count();
    left_ = std::min(left_ + passed * HandlerLimits::kMessagesPerSecond,
                     HandlerLimits::kMessagesAtOnce);
    last_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  TimePoint last_;
  double left_ = HandlerLimits::kMessagesAtOnce;
};

}  // namespace ingress::service
