#include "media/audio_resampler.h"

#include <array>
#include <numbers>
#include <string>

#include "codec/opus_format.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
}

namespace ingress::media {

/// Sets the weights of the speakers `from` in `to`, the output.
bool AudioResampler::SetMatrix(const AVChannelLayout& from, const AVChannelLayout& to) {
  if (av_channel_layout_compare(&from, &to) == 0) return true;
  constexpr int kEars = 2;
  constexpr double kHalfPower = std::numbers::sqrt2 / 2;
  constexpr double kNotScaledDown = 1'000;  // libswresample divides by sums of weights above it
  const auto speakers = static_cast<std::size_t>(from.nb_channels);
  std::array<double, kEars * kMaxChannels> weights{};
  if (speakers == 1) {
    weights.fill(1);
  } else {
    AVChannelLayout stereo{};
    av_channel_layout_default(&stereo, kEars);
    if (swr_build_matrix2(&from, &stereo, kHalfPower, kHalfPower, 0, kNotScaledDown, 1,
                          weights.data(), from.nb_channels, AV_MATRIX_ENCODING_NONE, nullptr) < 0) {
      return false;
    }
  }
  if (channels_ == 1) {
    for (std::size_t i = 0; i < speakers; ++i) {
      weights.at(i) = (weights.at(i) + weights.at(speakers + i)) / 2;
    }
  }
  return swr_set_matrix(swr_.get(), weights.data(), from.nb_channels) >= 0;
}

Result<void> AudioResampler::Adopt(const AVFrame& frame, const Format& format) {
  if (format.rate < kMinRate || format.rate > kMaxRate || format.channels < 1 ||
      format.channels > kMaxChannels) {
    return Fail(ErrorCode::kUnsupported, "audio of " + std::to_string(format.rate) + " Hz and " +
                                             std::to_string(format.channels) + " channels");
  }
  AVChannelLayout from{};
  if (format.mask == 0 || av_channel_layout_from_mask(&from, format.mask) < 0) {
    av_channel_layout_default(&from, format.channels);
  }
  AVChannelLayout to{};
  av_channel_layout_default(&to, channels_);
  SwrContext* raw = nullptr;
  const int made =
      swr_alloc_set_opts2(&raw, &to, AV_SAMPLE_FMT_FLT, codec::kOpusRate, &from,
                          static_cast<AVSampleFormat>(frame.format), format.rate, 0, nullptr);
  swr_.reset(raw);
  if (made < 0 || !SetMatrix(from, to) || swr_init(raw) < 0) {
    swr_.reset();
    format_ = {};
    return Fail(ErrorCode::kUnsupported,
                "no conversion from " + std::to_string(format.channels) + " channels");
  }
  format_ = format;
  return {};
}

Result<AudioResampler::Output> AudioResampler::Convert(const AVFrame& frame) {
  const Format format{
      .rate = frame.sample_rate,
      .channels = frame.ch_layout.nb_channels,
      .sample_format = frame.format,
      .mask = frame.ch_layout.order == AV_CHANNEL_ORDER_NATIVE ? frame.ch_layout.u.mask : 0};
  if (!swr_ || format != format_) {
    if (auto adopted = Adopt(frame, format); !adopted) return std::unexpected(adopted.error());
  }
  const std::int64_t delay = swr_get_delay(swr_.get(), std::nano::den);
  const int room = swr_get_out_samples(swr_.get(), frame.nb_samples);
  if (room < 0) return Fail(ErrorCode::kInternal, "audio resampler");
  out_.resize(static_cast<std::size_t>(room) * static_cast<std::size_t>(channels_));
  auto* out = reinterpret_cast<std::uint8_t*>(out_.data());
  const int count =
      swr_convert(swr_.get(), &out, room, const_cast<const std::uint8_t**>(frame.extended_data),
                  frame.nb_samples);
  if (count < 0) return Fail(ErrorCode::kInternal, "audio resampler");
  out_.resize(static_cast<std::size_t>(count) * static_cast<std::size_t>(channels_));
  if (format_.channels > 2) limiter_.Process(out_);
  return Output{out_, SessionTime(delay)};
}

}  // namespace ingress::media
