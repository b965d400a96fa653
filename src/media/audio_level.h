#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace ingress::media {

/// The level of RFC 6464 §3: minus the power in dB relative to the loudest square wave, 0 (loudest)
/// to 127 (silence). `samples`: F32, any number of channels together.
inline int AudioLevel(std::span<const float> samples) {
  double power = 0;
  for (const float sample : samples) power += static_cast<double>(sample) * sample;
  if (power <= 0) return 127;
  const double decibel = 10 * std::log10(power / static_cast<double>(samples.size()));
  return static_cast<int>(std::clamp(std::lround(-decibel), 0L, 127L));
}

}  // namespace ingress::media
