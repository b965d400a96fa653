#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace ingress::pipeline {

/// Tracks the least and the greatest lateness of events relative to their media time, over the last
/// one to two windows. Times are on the session's time line.
class Lateness {
 public:
  explicit Lateness(std::chrono::milliseconds window) : window_(window) {}

  void Note(SessionTime lateness, SessionTime now) {
    if (now - window_began_ >= window_) {
      const bool adjacent = now - window_began_ < 2 * window_;
      before_ = adjacent ? bounds_ : Bounds{};
      bounds_ = {};
      window_began_ = now;
    }
    bounds_.earliest = std::min(bounds_.earliest, lateness);
    bounds_.latest = std::max(bounds_.latest, lateness);
  }

  /// Whether Note() was called within the last two windows.
  bool known() const { return latest() != SessionTime::min(); }

  /// Undefined until known().
  SessionTime earliest() const { return std::min(bounds_.earliest, before_.earliest); }
  SessionTime latest() const { return std::max(bounds_.latest, before_.latest); }

 private:
  struct Bounds {
    SessionTime earliest = SessionTime::max();
    SessionTime latest = SessionTime::min();
  };

  std::chrono::milliseconds window_;
  Bounds bounds_;  // of the current window
  Bounds before_;
  SessionTime window_began_ = SessionTime::min() / 2;
};

}  // namespace ingress::pipeline
