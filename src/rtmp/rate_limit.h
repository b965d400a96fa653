#pragma once

#include <chrono>

#include "base/clock.h"

namespace ingress::rtmp {

/// Counts events against a limit for each second.
class RateLimit {
 public:
  explicit RateLimit(int per_second) : per_second_(per_second) {}

  /// Counts one event at `now`; false when it is one too many.
  bool Allow(TimePoint now) {
    if (now - second_began_ >= std::chrono::seconds(1)) {
      second_began_ = now;
      count_ = 0;
    }
    return ++count_ <= per_second_;
  }

 private:
  int per_second_;
  int count_ = 0;
  TimePoint second_began_;
};

}  // namespace ingress::rtmp
