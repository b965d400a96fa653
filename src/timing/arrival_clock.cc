#include "timing/arrival_clock.h"

#include <algorithm>

namespace ingress {
namespace {

using namespace std::chrono_literals;

constexpr SessionTime kMeasuredOver = 1s;
constexpr SessionTime kLongestMeasured = 4s;  // with fewer messages a mean says little
constexpr std::int64_t kLeastMeasured = 4;    // messages
constexpr int kGentle = 8;                    // of a deviation, one part per message
constexpr SessionTime kLeastStep = 1ms;

}  // namespace

SessionTime ArrivalClock::Next(SessionTime arrival, SessionTime duration) {
  Measure(arrival);
  const SessionTime step = duration_ > SessionTime{0} ? duration_ : interval_;
  duration_ = duration;
  const SessionTime predicted = last_ + step;
  const SessionTime late = arrival - predicted;
  if (late > std::max<SessionTime>(kHole, 2 * step)) {
    last_ = arrival;
  } else if (-late > max_ahead_) {
    last_ += kLeastStep;
  } else {
    const SessionTime most(
        static_cast<SessionTime::rep>(static_cast<double>(step.count()) * kMaxSlew));
    last_ = std::max(last_ + kLeastStep, predicted + std::clamp(late / kGentle, -most, most));
  }
  return last_;
}

void ArrivalClock::Measure(SessionTime arrival) {
  const SessionTime lasted = arrival - counted_from_;
  if (lasted > kLongestMeasured) {  // the first message, or the first for long
    counted_from_ = arrival;
    counted_ = 0;
    return;
  }
  ++counted_;
  if (lasted < kMeasuredOver || counted_ < kLeastMeasured) return;
  interval_ = lasted / counted_;
  counted_from_ = arrival;
  counted_ = 0;
}

}  // namespace ingress
