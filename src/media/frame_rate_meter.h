#pragma once

#include <chrono>
#include <cmath>
#include <optional>

#include "base/clock.h"

namespace ingress::media {

/// Measures the pictures per second from their times, and says when that changed.
class FrameRateMeter {
 public:
  /// `expected`: the rate the user of the figure assumes so far, pictures a second.
  void Expect(double expected) { reported_ = expected; }

  /// Counts a picture. Returns the rate once a window of two seconds shows it to be more than a
  /// tenth off the last one reported.
  std::optional<double> Add(SessionTime pts) {
    constexpr auto kWindow = std::chrono::seconds(2);
    constexpr auto kBreak = std::chrono::seconds(1);  // a pause says nothing about the rate
    if (!last_ || pts <= *last_ || pts - *last_ > kBreak) {
      start_ = pts;
      last_ = pts;
      pictures_ = 0;
      return std::nullopt;
    }
    last_ = pts;
    ++pictures_;
    if (pts - start_ < kWindow) return std::nullopt;
    const double rate = pictures_ / std::chrono::duration<double>(pts - start_).count();
    start_ = pts;
    pictures_ = 0;
    if (std::abs(rate - reported_) <= reported_ / 10) return std::nullopt;
    reported_ = rate;
    return rate;
  }

 private:
  double reported_ = 30;
  SessionTime start_{};
  std::optional<SessionTime> last_;
  int pictures_ = 0;
};

}  // namespace ingress::media
