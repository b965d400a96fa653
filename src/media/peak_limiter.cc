#include "media/peak_limiter.h"

#include <algorithm>
#include <cmath>

namespace ingress::media {

void PeakLimiter::Process(std::span<float> samples) {
  constexpr float kFall = 1.0F / static_cast<float>(kAttack);
  constexpr float kRise = 1.0F / static_cast<float>(kRelease);
  const std::size_t frames = samples.size() / channels_;
  gains_.assign(frames, 1.0F);
  bool limits = gain_ < 1;
  for (std::size_t i = 0; i < frames; ++i) {
    float peak = 0;
    for (std::size_t c = 0; c < channels_; ++c) {
      peak = std::max(peak, std::abs(samples[i * channels_ + c]));
    }
    if (peak <= kCeiling) continue;
    gains_[i] = kCeiling / peak;
    limits = true;
  }
  if (!limits) return;
  for (std::size_t i = frames; i-- > 1;) {
    gains_[i - 1] = std::min(gains_[i - 1], gains_[i] + kFall);
  }
  for (std::size_t i = 0; i < frames; ++i) {
    gain_ = std::min(gains_[i], gain_ + kRise);
    for (std::size_t c = 0; c < channels_; ++c) samples[i * channels_ + c] *= gain_;
  }
}

}  // namespace ingress::media
