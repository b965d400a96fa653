#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "service/node/heap.h"

namespace ingress::service {

/// Says when the heap is worth giving back: malloc keeps what a flood of connections took, of
/// whichever port, in pieces between what is still used, and only malloc_trim(3) finds them. That
/// takes some milliseconds, so it is for quiet moments. Sans-IO.
class TrimPolicy {
 public:
  static constexpr std::size_t kWorthwhile = std::size_t{8} << 20;  // bytes
  static constexpr std::size_t kGrowth = std::size_t{1} << 20;      // bytes, of a heap in use
  static constexpr std::chrono::seconds kQuiet{5};                  // since it grew

  static constexpr std::chrono::seconds kPatience{60};  // where it never is quiet

  /// To be asked every second; true: trim now, and say so with OnTrimmed().
  bool Due(const Heap& heap, TimePoint now) {
    if (heap.in_use > lowest_in_use_ + kGrowth) {
      busy_at_ = now;
      lowest_in_use_ = heap.in_use;
    }
    lowest_in_use_ = std::min(lowest_in_use_, heap.in_use);
    resident_floor_ = std::min(resident_floor_.value_or(heap.resident), heap.resident);
    // What was given back counts as free for malloc still, but is not resident any more.
    if (heap.free < kWorthwhile || heap.resident < *resident_floor_ + kWorthwhile) {
      wanted_since_.reset();
      return false;
    }
    if (!wanted_since_) wanted_since_ = now;
    return now - busy_at_ >= kQuiet || now - *wanted_since_ >= kPatience;
  }

  /// What is resident now cannot be given back.
  void OnTrimmed(const Heap& heap) {
    resident_floor_ = heap.resident;
    wanted_since_.reset();
  }

 private:
  std::size_t lowest_in_use_ = 0;              // since it grew
  std::optional<std::size_t> resident_floor_;  // at first that of the program
  std::optional<TimePoint> wanted_since_;
  TimePoint busy_at_{};
};

}  // namespace ingress::service
