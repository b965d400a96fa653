#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace ingress::service {

/// Says when the heap is worth giving back: malloc keeps what a flood of connections took, in
/// pieces between what is still used, and only malloc_trim(3) finds them. That takes some
/// milliseconds, so it is for quiet moments. Sans-IO.
class TrimPolicy {
 public:
  static constexpr std::size_t kWorthwhile = 8;     // connections fewer than at the peak
  static constexpr std::uint64_t kMuchWork = 200;   // connections served, however short
  static constexpr std::chrono::seconds kQuiet{5};  // since one came

  /// `open`: connections now; `served`: ever taken. To be asked every second; true: trim now.
  bool Due(std::size_t open, std::uint64_t served, TimePoint now) {
    if (served != served_) busy_at_ = now;
    served_ = served;
    peak_ = std::max(peak_, open);
    const bool fell = open <= peak_ / 2 && peak_ - open >= kWorthwhile;
    if (!fell && served - trimmed_at_served_ < kMuchWork) return false;
    if (now - busy_at_ < kQuiet) return false;
    peak_ = open;
    trimmed_at_served_ = served;
    return true;
  }

 private:
  std::size_t peak_ = 0;  // since the last time
  std::uint64_t served_ = 0;
  std::uint64_t trimmed_at_served_ = 0;
  TimePoint busy_at_{};
};

}  // namespace ingress::service
