#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "net/backoff.h"
#include "output/output.h"

namespace ingress::handler {

/// Decides whether and when to try again to join an output. Sans-IO.
class JoinRetry {
 public:
  /// A restart of livekit-server takes some seconds, and the encoder is connected already.
  static constexpr std::chrono::seconds kAwayPatience{20};
  /// A server that answers with an error of its own knows us; the error seldom passes.
  static constexpr std::chrono::seconds kRefusalPatience{3};

  /// The first attempt begins.
  void Begin(TimePoint now) { begun_ = now; }

  /// An attempt failed. True: another one is due at deadline(). `random`: see net::Backoff.
  bool OnFailed(output::Retry retry, std::uint32_t random, TimePoint now) {
    const auto waited = now - begun_;
    const bool again = (retry == output::Retry::kWhileAway && waited < kAwayPatience) ||
                       (retry == output::Retry::kBriefly && waited < kRefusalPatience);
    if (again) due_ = now + backoff_.Next(random);
    return again;
  }

  /// True, once, when the next attempt is due.
  bool Due(TimePoint now) {
    if (!due_ || now < *due_) return false;
    due_.reset();
    return true;
  }

  std::optional<TimePoint> deadline() const { return due_; }

 private:
  TimePoint begun_{};
  std::optional<TimePoint> due_;
  net::Backoff backoff_{
      {.initial = std::chrono::milliseconds(200), .max = std::chrono::milliseconds(3000)}};
};

}  // namespace ingress::handler
