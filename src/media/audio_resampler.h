#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "media/libav_ptr.h"
#include "media/peak_limiter.h"

struct AVChannelLayout;

namespace ingress::media {

/// Converts decoded audio into interleaved F32 at 48 kHz with one or two channels.
///
/// Surround sound is mixed down by the weights of ITU-R BS.775-3 table 2: front speakers stay as
/// loud as they are, centre and surround speakers come 3 dB below on either side, the LFE is left
/// out. Speakers that are loud together would clip; a limiter turns those moments down. Mono is as
/// loud in both ears as it is in one, and the mean of both ears is what mono gets.
class AudioResampler {
 public:
  static constexpr int kMinRate = 5'000;    // Hz; a small rate would mean a huge result
  static constexpr int kMaxRate = 192'000;  // Hz
  static constexpr int kMaxChannels = 8;

  /// `channels`: of the output, 1 or 2.
  explicit AudioResampler(int channels)
      : channels_(channels), limiter_(static_cast<std::size_t>(channels)) {}

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
  bool SetMatrix(const AVChannelLayout& from, const AVChannelLayout& to);

  int channels_;
  Format format_;
  AvPtr<SwrContext> swr_;
  std::vector<float> out_;
  PeakLimiter limiter_;
};

}  // namespace ingress::media
