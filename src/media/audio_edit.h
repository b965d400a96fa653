#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ingress::media {

// Makes interleaved audio a little longer or shorter, or ends it, without anybody hearing it.
// `before` is what was played just before, `samples` what comes next; `frames` count samples per
// channel. `out` is replaced; its memory is reused.

/// Resamples `samples` to `frames` frames: for differences of a few in a thousand. Needs at least
/// two frames of both.
void Stretch(std::span<const float> before, std::span<const float> samples, std::size_t channels,
             std::size_t frames, std::vector<float>& out);

/// How many frames an edit cross-fades over.
inline constexpr std::size_t kCrossFade = 240;  // 5 ms at 48 kHz

/// Leaves out up to `most` frames, as many as let the wave go on best; at least kLeastEdit. Returns
/// how many: 0, and nothing done, when `samples` are too few or `most` is too little.
std::size_t Shorten(std::span<const float> samples, std::size_t channels, std::size_t most,
                    std::vector<float>& out);

/// Plays a piece of up to `most` frames twice. As Shorten().
std::size_t Lengthen(std::span<const float> samples, std::size_t channels, std::size_t most,
                     std::vector<float>& out);

inline constexpr std::size_t kLeastEdit = 96;  // 2 ms: less is below the period of a voice

/// `samples`, which have nothing to do with `before`, joined to it without a step.
void Join(std::span<const float> before, std::span<const float> samples, std::size_t channels,
          std::vector<float>& out);

/// Goes on after `before` without a step, by playing it backwards, and is silent after `frames`.
void FadeOut(std::span<const float> before, std::size_t channels, std::size_t frames,
             std::vector<float>& out);

}  // namespace ingress::media
