#include "pipeline/audio/audio_source.h"

#include <utility>

#include "codec/aac.h"
#include "codec/opus.h"

namespace ingress::pipeline {
namespace {

using media::AudioInput;

/// What a sequence header says. Empty: nothing.
Result<std::optional<AudioInput>> ReadHeader(const stream::AudioUnit& unit) {
  const ByteView record = unit.payload.view();
  AudioInput format{.codec = *unit.codec,
                    .codec_config = Bytes(record.begin(), record.end()),
                    .sample_rate = static_cast<int>(unit.sample_rate),
                    .channels = unit.channels};
  if (format.codec != AudioCodec::kAac) return format;
  if (record.empty()) return std::nullopt;  // the real one comes later, or never
  const auto config = codec::ParseAudioSpecificConfig(record);
  if (!config) return Wrap("AAC sequence header", config.error());
  format.sample_rate = config->output_sample_rate();
  format.channels = config->output_channels();
  return format;
}

/// Surround sound in Opus, whose header may be empty: the input says how many channels there are.
std::optional<AudioInput> WithChannels(const std::optional<AudioInput>& format, int channels) {
  const bool needed = format && format->codec == AudioCodec::kOpus && channels > 2;
  if (!needed || !format->codec_config.empty()) return std::nullopt;
  AudioInput with = *format;
  with.codec_config = codec::MakeOpusHead(channels);
  return with;
}

/// AAC comes in three forms, all of which are one codec to encoders.
bool SameCodec(AudioCodec a, AudioCodec b) {
  const auto plain = [](AudioCodec codec) {
    const bool aac = codec == AudioCodec::kAacAdts || codec == AudioCodec::kAacLatm;
    return aac ? AudioCodec::kAac : codec;
  };
  return plain(a) == plain(b);
}

}  // namespace

Result<std::optional<AudioInput>> AudioSource::OnHeader(const stream::AudioUnit& unit) {
  if (unit.kind == stream::AudioUnit::Kind::kChannels) {
    if (auto announced = WithChannels(announced_, unit.channels)) announced_ = announced;
    return WithChannels(format_, unit.channels);
  }
  auto header = ReadHeader(unit);
  if (!header) return std::unexpected(std::move(header.error()));
  if (!*header || *header == format_) return std::nullopt;
  if (!format_ || SameCodec(format_->codec, (*header)->codec)) return header;
  announced_ = *header;
  return std::nullopt;
}

AudioSource::Judgement AudioSource::OnFrame(const stream::AudioUnit& unit) {
  if (Fits(unit)) {
    strangers_ = 0;
    return {};
  }
  if (announced_ && announced_->codec == *unit.codec) {
    return {.verdict = Verdict::kAdopt, .format = announced_};
  }
  auto format = FormatOf(unit);
  if (!format) return {.verdict = Verdict::kWait};
  if (format_) {
    strangers_ = format == stranger_ ? strangers_ + 1 : 1;
    stranger_ = format;
    if (strangers_ < kConvincing) return {.verdict = Verdict::kForeign};
  }
  return {.verdict = Verdict::kAdopt, .format = std::move(format)};
}

std::optional<SessionTime> AudioSource::DurationOf(const stream::AudioUnit& frame) const {
  if (!format_ || !SameCodec(format_->codec, *frame.codec)) return std::nullopt;
  const auto of_samples = [&frame](std::size_t bytes_each) {
    const auto rate = static_cast<std::int64_t>(frame.sample_rate) * frame.channels;
    const auto samples = static_cast<std::int64_t>(frame.payload.size() / bytes_each);
    return rate > 0 ? SessionTime(samples * std::nano::den / rate) : SessionTime{0};
  };
  switch (format_->codec) {
    case AudioCodec::kAac:
    case AudioCodec::kAacAdts: {
      const SessionTime adts = codec::AdtsDuration(frame.payload.view());
      return adts > SessionTime{0} ? adts : aac_duration_;
    }
    case AudioCodec::kOpus:
      return codec::OpusPacketDuration(frame.payload.view()).value_or(std::chrono::microseconds{0});
    case AudioCodec::kPcmA:
    case AudioCodec::kPcmU:
    case AudioCodec::kPcmU8:
      return of_samples(1);
    case AudioCodec::kPcmS16:
      return of_samples(2);
    default:
      return std::nullopt;
  }
}

void AudioSource::Adopt(AudioInput format) {
  if (format.codec == AudioCodec::kAac) {
    aac_ = format;
    // Core samples at the core's rate: SBR doubles both.
    const auto config = codec::ParseAudioSpecificConfig(format.codec_config);
    aac_duration_ =
        config ? SessionTime(config->samples_per_frame * std::nano::den / config->sample_rate)
               : SessionTime{0};
  }
  announced_.reset();
  strangers_ = 0;
  format_ = std::move(format);
}

bool AudioSource::Fits(const stream::AudioUnit& frame) const {
  if (!format_ || !SameCodec(format_->codec, *frame.codec)) return false;
  switch (format_->codec) {
    case AudioCodec::kAac:
      return !codec::IsLoas(frame.payload.view());
    case AudioCodec::kAacAdts:
    case AudioCodec::kOpus:
      return true;
    case AudioCodec::kAacLatm:
      return codec::IsLoas(frame.payload.view());
    default:
      return format_->sample_rate == static_cast<int>(frame.sample_rate) &&
             format_->channels == frame.channels;
  }
}

/// What a frame is without a header. Empty: only a header can say it.
std::optional<AudioInput> AudioSource::FormatOf(const stream::AudioUnit& frame) const {
  AudioInput format{.codec = *frame.codec,
                    .codec_config = {},
                    .sample_rate = static_cast<int>(frame.sample_rate),
                    .channels = frame.channels};
  if (format.codec != AudioCodec::kAac) return format;
  if (const auto adts = codec::ParseAdtsHeader(frame.payload.view())) {
    format.codec = AudioCodec::kAacAdts;
    return format;
  }
  if (codec::IsLoas(frame.payload.view())) {
    format.codec = AudioCodec::kAacLatm;
    return format;
  }
  return aac_;
}

}  // namespace ingress::pipeline
