#include "timing/arrival_slope.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ingress {
namespace {

constexpr double kLeastGrowth = 0.04;     // seconds over all points that are looked at …
constexpr double kShortestGrowth = 0.08;  // … when these are as few as can be
constexpr double kStray = 0.2;            // of the growth: so far a point may lie beside the line

double Seconds(SessionTime time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

void ArrivalSlope::Observe(SessionTime behind, SessionTime arrival) {
  if (span_from_ && arrival - newest_ > kGap) Clear();
  newest_ = arrival;
  const Point point{.at = Seconds(arrival), .behind = Seconds(behind)};
  if (!span_from_) {
    span_from_ = arrival;
    least_ = point;
    return;
  }
  if (arrival - *span_from_ >= kSpan) {
    points_[count_++ % kSpans] = least_;
    slope_ = Fit();
    span_from_ = arrival;
    least_ = point;
  }
  if (point.behind < least_.behind) least_ = point;
}

SessionTime ArrivalSlope::Floor(SessionTime arrival) const {
  double floor = std::numeric_limits<double>::max();
  for (const Point& point : {least_, Newest(0), Newest(1)}) {
    floor = std::min(floor, point.behind + slope_ * (Seconds(arrival) - point.at));
  }
  return std::chrono::duration_cast<SessionTime>(std::chrono::duration<double>(floor));
}

/// The shortest stretch that shows a line, because it is the newest.
double ArrivalSlope::Fit() const {
  for (std::size_t spans = kLeastSpans; spans <= std::min(count_, kSpans); spans *= 2) {
    if (const auto slope = Fit(spans)) return *slope;
  }
  return 0;
}

/// The slope of the last `spans` points by least squares; empty when they are no line.
std::optional<double> ArrivalSlope::Fit(std::size_t spans) const {
  const Point origin = Newest(0);
  const auto n = static_cast<double>(spans);
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < spans; ++i) {
    const double at = Newest(i).at - origin.at;
    const double behind = Newest(i).behind - origin.behind;
    x += at;
    y += behind;
    xx += at * at;
    xy += at * behind;
  }
  const double slope = (n * xy - x * y) / (n * xx - x * x);
  const double begin = (y - slope * x) / n;
  double stray = 0;
  for (std::size_t i = 0; i < spans; ++i) {
    const double at = Newest(i).at - origin.at;
    stray = std::max(stray, std::abs(begin + slope * at - (Newest(i).behind - origin.behind)));
  }
  const double growth = std::abs(slope * (Newest(spans - 1).at - origin.at));
  const double least = spans == kLeastSpans ? kShortestGrowth : kLeastGrowth;
  if (growth < least || stray > kStray * growth) return std::nullopt;
  return slope;
}

}  // namespace ingress
