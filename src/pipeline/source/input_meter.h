#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace ingress::pipeline {

/// Measures bits and frames per second of one input track over the last whole window. It counts by
/// the stream's own time, so that a burst of frames, as after a stall or from the buffer that a new
/// handler begins with, does not look like a faster stream.
class InputMeter {
 public:
  static constexpr std::chrono::seconds kRateWindow{2};

  /// `at`: when the frame is to be decoded.
  void Count(std::size_t bytes, SessionTime at) {
    Roll(at);
    bytes_ += bytes;
    ++frames_;
  }

  /// Zero until the first window is whole.
  std::uint32_t bits_per_second() const { return bits_per_second_; }
  double frames_per_second() const { return frames_per_second_; }

 private:
  void Roll(SessionTime at) {
    if (frames_ == 0 || at < window_start_) {
      Begin(at);
      return;
    }
    const auto passed = at - window_start_;
    if (passed < kRateWindow) return;
    const double seconds = std::chrono::duration<double>(passed).count();
    bits_per_second_ = static_cast<std::uint32_t>(static_cast<double>(bytes_) * 8 / seconds);
    frames_per_second_ = static_cast<double>(frames_) / seconds;
    Begin(at);
  }

  void Begin(SessionTime at) {
    window_start_ = at;
    bytes_ = 0;
    frames_ = 0;
  }

  SessionTime window_start_{};
  std::uint64_t bytes_ = 0;
  std::uint64_t frames_ = 0;
  std::uint32_t bits_per_second_ = 0;
  double frames_per_second_ = 0;
};

}  // namespace ingress::pipeline
