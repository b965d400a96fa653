#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ingress::media {

/// Attenuates audio where it would exceed full scale, and only there.
///
/// The gain falls within kAttack before a peak, as far as the block reaches back, and rises again
/// within kRelease, so that neither is heard as a distortion. All channels get one gain: the place
/// of a sound between the ears stays. Sound below full scale passes as it is, without any delay.
class PeakLimiter {
 public:
  static constexpr float kCeiling = 0.98F;        // of full scale: Opus overshoots a little
  static constexpr std::size_t kAttack = 96;      // frames, from all to nothing: 2 ms at 48 kHz
  static constexpr std::size_t kRelease = 9'600;  // frames, from nothing to all: 200 ms

  explicit PeakLimiter(std::size_t channels) : channels_(channels) {}

  /// Works in place on interleaved `samples`.
  void Process(std::span<float> samples);

 private:
  std::size_t channels_;
  float gain_ = 1;            // of the last frame
  std::vector<float> gains_;  // of the frames of a block; its memory is reused
};

}  // namespace ingress::media
