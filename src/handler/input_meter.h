#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace ingress::handler {

/// Measures what one input track carries: bits and frames per second over the last whole window.
class InputMeter {
 public:
  static constexpr std::chrono::seconds kWindow{2};

  void Count(std::size_t bytes, TimePoint now) {
    Roll(now);
    bytes_ += bytes;
    ++frames_;
  }

  /// Zero until the first window is whole.
  std::uint32_t bits_per_second() const { return bits_per_second_; }
  double frames_per_second() const { return frames_per_second_; }

 private:
  void Roll(TimePoint now) {
    if (window_start_ == TimePoint{}) window_start_ = now;
    const auto passed = now - window_start_;
    if (passed < kWindow) return;
    const double seconds = std::chrono::duration<double>(passed).count();
    bits_per_second_ = static_cast<std::uint32_t>(static_cast<double>(bytes_) * 8 / seconds);
    frames_per_second_ = static_cast<double>(frames_) / seconds;
    window_start_ = now;
    bytes_ = 0;
    frames_ = 0;
  }

  TimePoint window_start_{};
  std::uint64_t bytes_ = 0;
  std::uint64_t frames_ = 0;
  std::uint32_t bits_per_second_ = 0;
  double frames_per_second_ = 0;
};

}  // namespace ingress::handler
