#pragma once

#include <vector>

#include "media/testing/clips.h"

namespace ingress::media {

/// The tone of one speaker.
struct Tone {
  double frequency = 440;  // Hz
  double amplitude = 0.25;
};

/// A second of `speakers`, as libavcodec encodes it; each frame with its exact time.
AudioClip EncodeTones(AudioCodec codec, int sample_rate, const std::vector<Tone>& speakers);

}  // namespace ingress::media
