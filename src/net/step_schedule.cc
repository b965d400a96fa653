#include "net/step_schedule.h"

#include <algorithm>

namespace ingress::net {

bool StepSchedule::TryBegin(TimePoint now) {
  if (busy_ || !queue_.empty() || now < rests_until_) return false;
  busy_ = true;
  return true;
}

std::optional<StepSchedule::Id> StepSchedule::Next(TimePoint now) {
  if (busy_ || now < rests_until_) return std::nullopt;
  const auto next = queue_.Pop();
  busy_ = next.has_value();
  return next;
}

void StepSchedule::OnDone(std::chrono::nanoseconds took, TimePoint now) {
  busy_ = false;
  OnWork(took, now);
}

void StepSchedule::OnWork(std::chrono::nanoseconds took, TimePoint now) {
  constexpr std::chrono::nanoseconds kNone{};
  const std::chrono::nanoseconds others = std::max(kNone, now - counted_at_ - took);
  spent_ = std::max(kNone, spent_ - others) + took;
  counted_at_ = now;
  if (spent_ < kSlice) return;
  rests_until_ = now + std::min<std::chrono::nanoseconds>(spent_, kMaxRest);
  spent_ = kNone;
}

}  // namespace ingress::net
