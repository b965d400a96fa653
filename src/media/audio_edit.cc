#include "media/audio_edit.h"

#include <algorithm>
#include <cmath>

namespace ingress::media {
namespace {

/// Catmull-Rom through `b` (at 0) and `c` (at 1).
float Between(float a, float b, float c, float d, float at) {
  const float slope = c - a;
  const float bend = 2 * a - 5 * b + 4 * c - d;
  const float rest = 3 * (b - c) + d - a;
  return b + 0.5F * at * (slope + at * (bend + at * rest));
}

/// How well a wave of kCrossFade frames at `later` goes on for the one at `now`, -1 to 1; silence
/// fits everything.
float Likeness(const float* now, const float* later, std::size_t channels) {
  constexpr float kSilence = 1e-6F;
  float product = 0;
  float now_power = 0;
  float later_power = 0;
  for (std::size_t i = 0; i < kCrossFade * channels; ++i) {
    product += now[i] * later[i];
    now_power += now[i] * now[i];
    later_power += later[i] * later[i];
  }
  if (now_power < kSilence && later_power < kSilence) return 1;
  return product / (std::sqrt(now_power * later_power) + kSilence);
}

/// Fades from `from` to `to`, in place, over all of the frames that both have.
void CrossFade(std::span<const float> from, std::span<float> to, std::size_t channels) {
  const std::size_t frames = std::min(from.size(), to.size()) / channels;
  for (std::size_t i = 0; i < frames; ++i) {
    const float weight = static_cast<float>(i + 1) / static_cast<float>(frames + 1);
    for (std::size_t at = i * channels; at < (i + 1) * channels; ++at) {
      to[at] = from[at] + (to[at] - from[at]) * weight;
    }
  }
}

/// The lag of at most `most` frames by which `samples` is most like itself; 0 when there is no
/// room.
std::size_t BestLag(std::span<const float> samples, std::size_t channels, std::size_t most) {
  constexpr float kPreferLonger = 1e-4F;  // a frame: fewer edits for the same result
  const std::size_t frames = samples.size() / channels;
  if (frames < kCrossFade + kLeastEdit) return 0;
  most = std::min(most, frames - kCrossFade);
  std::size_t best = 0;
  float best_score = 0;
  for (std::size_t lag = kLeastEdit; lag <= most; ++lag) {
    const float score = Likeness(samples.data(), samples.data() + lag * channels, channels) +
                        kPreferLonger * static_cast<float>(lag);
    if (best != 0 && score <= best_score) continue;
    best = lag;
    best_score = score;
  }
  return best;
}

}  // namespace

void Stretch(std::span<const float> before, std::span<const float> samples, std::size_t channels,
             std::size_t frames, std::vector<float>& out) {
  const std::size_t have = samples.size() / channels;
  const double step = static_cast<double>(have) / static_cast<double>(frames);
  const std::size_t last = have - 1;
  const bool starts = before.size() < 2 * channels;
  const auto sample = [&](std::size_t index, std::size_t channel) {  // index 0: before the first
    if (index > 1) return samples[std::min(index - 2, last) * channels + channel];
    return starts ? samples[channel] : before[before.size() - (2 - index) * channels + channel];
  };
  out.resize(frames * channels);
  for (std::size_t i = 0; i < frames; ++i) {
    // The last frame of the result is the last sample: the next call goes on from there.
    const double position = static_cast<double>(i + 1) * step;
    const std::size_t left = std::min(static_cast<std::size_t>(position), last);
    const auto at = static_cast<float>(position - static_cast<double>(left));
    for (std::size_t c = 0; c < channels; ++c) {
      out[i * channels + c] = Between(sample(left, c), sample(left + 1, c), sample(left + 2, c),
                                      sample(left + 3, c), at);
    }
  }
}

std::size_t Shorten(std::span<const float> samples, std::size_t channels, std::size_t most,
                    std::vector<float>& out) {
  const std::size_t lag = most < kLeastEdit ? 0 : BestLag(samples, channels, most);
  if (lag == 0) return 0;
  const auto rest = samples.subspan(lag * channels);
  out.assign(rest.begin(), rest.end());
  CrossFade(samples.first(kCrossFade * channels), out, channels);
  return lag;
}

std::size_t Lengthen(std::span<const float> samples, std::size_t channels, std::size_t most,
                     std::vector<float>& out) {
  const std::size_t lag = most < kLeastEdit ? 0 : BestLag(samples, channels, most);
  if (lag == 0) return 0;
  // Up to `lag`, then from the start again, with the fade behind the joint.
  const auto first = samples.first(lag * channels);
  out.assign(first.begin(), first.end());
  out.insert(out.end(), samples.begin(), samples.end());
  const auto joint = std::span(out).subspan(lag * channels);
  CrossFade(samples.subspan(lag * channels, kCrossFade * channels), joint, channels);
  return lag;
}

void Join(std::span<const float> before, std::span<const float> samples, std::size_t channels,
          std::vector<float>& out) {
  out.assign(samples.begin(), samples.end());
  const std::size_t frames =
      std::min({kCrossFade, before.size() / channels, samples.size() / channels});
  for (std::size_t i = 0; i < frames; ++i) {
    const float weight = static_cast<float>(i + 1) / static_cast<float>(frames + 1);
    const auto mirrored = before.last((i + 1) * channels).first(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      float& sample = out[i * channels + c];
      sample = mirrored[c] + (sample - mirrored[c]) * weight;
    }
  }
}

void FadeOut(std::span<const float> before, std::size_t channels, std::size_t frames,
             std::vector<float>& out) {
  out.assign(frames * channels, 0.0F);
  const std::size_t count = std::min(frames, before.size() / channels);
  for (std::size_t i = 0; i < count; ++i) {
    const float weight = 1.0F - static_cast<float>(i + 1) / static_cast<float>(count + 1);
    const auto source = before.last((i + 1) * channels).first(channels);
    for (std::size_t c = 0; c < channels; ++c) out[i * channels + c] = source[c] * weight;
  }
}

}  // namespace ingress::media
