#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "base/clock.h"

namespace ingress {

/// Detects whether the messages of a track become steadily later or earlier.
///
/// An encoder that runs at 0.9 of real time makes each of its messages 0.1 s later per second,
/// without gaps. A line that stalls makes them later at once, and jitter does so to and fro. So
/// the least delay of each kSpan is kept, and a straight line through the last four to kSpans of
/// them is a slope when it rises (or falls) by much more than they lie beside it.
///
/// Sans-IO.
class ArrivalSlope {
 public:
  static constexpr std::chrono::milliseconds kSpan{250};
  static constexpr std::size_t kSpans = 32;
  /// A message that comes this long after the one before ends what was even.
  static constexpr std::chrono::milliseconds kGap{450};

  /// `behind`: arrival less media time of a message.
  void Observe(SessionTime behind, SessionTime arrival);

  /// Media time has moved: what was observed is no measure any more.
  void Clear() { *this = {}; }

  /// Seconds of delay gained per second; 0 when the delay does not grow or shrink evenly.
  double slope() const { return slope_; }

  /// Whether enough was seen without a gap for slope() to mean something.
  bool known() const { return count_ >= kLeastSpans; }

  /// The least delay to be expected at `arrival`, by the latest and slope(); of meaning while
  /// known().
  SessionTime Floor(SessionTime arrival) const;

 private:
  static constexpr std::size_t kLeastSpans = 4;

  struct Point {
    double at = 0;      // seconds of arrival
    double behind = 0;  // seconds
  };

  const Point& Newest(std::size_t back) const { return points_[(count_ - 1 - back) % kSpans]; }
  double Fit() const;
  std::optional<double> Fit(std::size_t spans) const;

  std::array<Point, kSpans> points_{};  // a ring
  std::size_t count_ = 0;               // of points ever added
  Point least_;                         // of the span that runs
  std::optional<SessionTime> span_from_;
  SessionTime newest_{};  // arrival
  double slope_ = 0;
};

}  // namespace ingress
