#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "net/backoff.h"

namespace ingress::service {

/// How many state updates of a node may be under way to livekit-server. Sans-IO.
///
/// While the server is away that is one, after a delay that grows, whatever the number of sessions;
/// each answer makes room for one more. So a server that comes back is not met by all at once.
class UpdateWindow {
 public:
  /// A loopback server stores some 5 000 states a second one after another; more at a time would
  /// only wait there.
  static constexpr int kMax = 16;

  bool open(TimePoint now) const { return under_way_ < size_ && now >= not_before_; }
  TimePoint not_before() const { return not_before_; }
  int under_way() const { return under_way_; }

  void OnBegun() { ++under_way_; }

  /// The server has answered, be it with a refusal.
  void OnAnswered() {
    --under_way_;
    size_ = std::min(size_ + 1, kMax);
    OnHeard();
    backoff_.Reset();
  }

  /// `random`: uniform over its range.
  void OnLost(TimePoint now, std::uint32_t random) {
    --under_way_;
    size_ = 1;
    // Those that were under way together are lost together.
    if (now >= not_before_) not_before_ = now + backoff_.Next(random);
  }

  /// The server has shown otherwise that it is there.
  void OnHeard() { not_before_ = TimePoint{}; }

 private:
  int size_ = kMax;
  int under_way_ = 0;
  TimePoint not_before_{};
  net::Backoff backoff_{{.initial = std::chrono::milliseconds(200)}};
};

}  // namespace ingress::service
