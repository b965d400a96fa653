#include "pipeline/source/composition_time.h"

#include <algorithm>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr int kMaxReordered = 16;             // ITU-T H.264 §A.3.1: MaxDpbFrames
constexpr int kSmoothing = 8;                 // pictures
constexpr int kUneven = 2;                    // pictures may be as many times as far apart as usual
constexpr SessionTime kLongestDistance = 2s;  // more is a gap
constexpr double kLeastRate = 0.5;            // frames per second that a header is believed
constexpr double kMaxRate = 240;

}  // namespace

void CompositionTime::OnFormat(std::optional<int> reorder, std::optional<double> frame_rate) {
  reorder_ = reorder;
  b_slices_ = false;
  if (frame_rate && *frame_rate >= kLeastRate && *frame_rate <= kMaxRate && !newest_) {
    distance_ =
        std::chrono::duration_cast<SessionTime>(std::chrono::duration<double>(1 / *frame_rate));
  }
}

SessionTime CompositionTime::Place(SessionTime dts, SessionTime offset, bool reordered) {
  Measure(dts);
  b_slices_ = b_slices_ || reordered;
  SessionTime& usual = usual_[reordered ? 1 : 0];
  if (std::chrono::abs(offset - habit_) <= Limit()) {
    refused_in_row_ = 0;
    return usual = offset - habit_;
  }
  OnRefused(offset);
  return usual;
}

void CompositionTime::Measure(SessionTime dts) {
  const SessionTime step = newest_ ? dts - *newest_ : SessionTime{};
  newest_ = dts;
  if (step > 0s && step <= kLongestDistance) distance_ += (step - distance_) / kSmoothing;
}

SessionTime CompositionTime::Limit() const {
  const int reorder = reorder_.value_or(b_slices_ ? kMaxReordered : 0);
  return std::min<SessionTime>(kUneven * reorder * distance_ + kAllowance, kMax);
}

void CompositionTime::OnRefused(SessionTime offset) {
  ++refused_;
  least_refused_ = refused_in_row_ == 0 ? offset : std::min(least_refused_, offset);
  if (++refused_in_row_ < kHabit) return;
  habit_ = std::chrono::abs(least_refused_) > Limit() ? least_refused_ : SessionTime{};
  refused_in_row_ = 0;
}

}  // namespace ingress::pipeline
