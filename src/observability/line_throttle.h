#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace ingress::observability {

/// Decides which log lines of one kind are written: so many in each window of time, the first at
/// once; the rest is counted. Sans-IO.
class LineThrottle {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// A window begins with the first line after the one before.
  LineThrottle(int lines, std::chrono::seconds window) : lines_(lines), window_(window) {}

  /// Whether the line is to be written now.
  bool Allow(TimePoint now) {
    if (now >= begun_ + window_) {
      begun_ = now;
      written_ = 0;
    }
    if (written_ >= lines_) {
      ++left_out_;
      return false;
    }
    ++written_;
    return true;
  }

  /// Lines that were left out and are not told yet, once the window is over; else 0.
  std::uint64_t TakeLeftOut(TimePoint now) {
    return now >= begun_ + window_ ? std::exchange(left_out_, 0) : 0;
  }

 private:
  int lines_;
  std::chrono::seconds window_;
  TimePoint begun_ = TimePoint::min() + std::chrono::hours(1);
  int written_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace ingress::observability
