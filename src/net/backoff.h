#pragma once

#include <chrono>
#include <cstdint>

namespace ingress::net {

/// How long to wait before the next attempt: doubling delays with jitter, so that many clients of a
/// peer that came back do not all knock at once.
///
/// Sans-IO: reads no clock and no random source, the caller passes a random number.
class Backoff {
 public:
  struct Options {
    std::chrono::milliseconds initial{100};
    std::chrono::milliseconds max{10'000};
    double factor = 2;    // at least 1
    double jitter = 0.5;  // 0 to 1: the part of the delay that is left to chance
  };

  explicit Backoff(Options options) : options_(options), current_(options.initial) {}

  /// The delay before the next attempt: between `(1 - jitter)` and 1 times the current step, which
  /// then grows. `random`: uniform over its whole range (see RandomU32 in base/ids.h).
  std::chrono::milliseconds Next(std::uint32_t random);

  /// The attempt worked: the next delay is the initial one again.
  void Reset();

  /// Delays handed out since the start or the last Reset().
  int attempts() const { return attempts_; }

 private:
  Options options_;
  std::chrono::milliseconds current_;
  int attempts_ = 0;
};

}  // namespace ingress::net
