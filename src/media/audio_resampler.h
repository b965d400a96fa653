#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "media/libav_ptr.h"

namespace ingress::media {

/// Converts decoded audio into interleaved F32 at 48 kHz with one or two channels, mixing down by
/// the usual weights (ITU-R BS.775) without clipping.
class AudioResampler {
 public:
  static constexpr int kMinRate = 7'000;    // Hz; a small rate would mean a huge result
  static constexpr int kMaxRate = 192'000;  // Hz
  static constexpr int kMaxChannels = 8;

  /// `channels`: of the output, 1 or 2.
  explicit AudioResampler(int channels) : channels_(channels) {}

  struct Output {
    std::span<const float> samples;  // valid until the next call
    SessionTime delay{};             // how much earlier input the first samples still hold
  };

  /// Follows changes of the input's format. Errors: kUnsupported beyond the limits.
  Result<Output> Convert(const AVFrame& frame);

 private:
  struct Format {
    int rate = 0;
    int channels = 0;
    int sample_format = -1;
    std::uint64_t mask = 0;  // of speakers; 0: no particular order
    bool operator==(const Format&) const = default;
  };

  Result<void> Adopt(const AVFrame& frame, const Format& format);

  int channels_;
  Format format_;
  AvPtr<SwrContext> swr_;
  std::vector<float> out_;
};

}  // namespace ingress::media
