#pragma once

#include <chrono>

#include "base/clock.h"

namespace ingress::rtmp {

/// Counts events against a limit for each second.
class RateLimit {
 public:
  /// Counts one event at `now`; false when this second has had more than `per_second`.
  bool Allow(TimePoint now, int per_second) {
    if (now - second_began_ >= std::chrono::seconds(1)) {
      second_began_ = now;
      count_ = 0;
    }
    return ++count_ <= per_second;
  }

 private:
  int count_ = 0;
  TimePoint second_began_;
};

}  // namespace ingress::rtmp
