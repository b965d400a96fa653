#include "handler/audio_pipeline.h"

#include <utility>

#include "codec/aac.h"

namespace ingress::handler {
namespace {

bool NeedsSequenceHeader(AudioCodec codec) { return codec == AudioCodec::kAac; }

bool SameFormat(const media::AudioInput& a, const media::AudioInput& b) {
  return a.codec == b.codec && a.codec_config == b.codec_config && a.sample_rate == b.sample_rate &&
         a.channels == b.channels;
}

std::string NameOf(const flv::AudioTag& tag) {
  return tag.fourcc != 0 ? "Enhanced RTMP fourcc " + std::to_string(tag.fourcc)
                         : "FLV sound format " + std::to_string(tag.sound_format);
}

}  // namespace

AudioPipeline::AudioPipeline(media::OpusOptions output, OnPacket on_packet,
                             observability::Logger logger)
    : output_(output), on_packet_(std::move(on_packet)), logger_(std::move(logger)) {}

Result<void> AudioPipeline::OnTag(const flv::AudioTag& tag, SessionTime pts, TimePoint now) {
  using Kind = flv::AudioTag::Kind;
  if (tag.kind != Kind::kSequenceHeader && tag.kind != Kind::kCodedFrame) return {};
  if (!tag.codec) return Fail(ErrorCode::kUnsupported, "audio codec: " + NameOf(tag));
  const bool header = tag.kind == Kind::kSequenceHeader;
  if (header || !NeedsSequenceHeader(*tag.codec)) {
    media::AudioInput input{.codec = *tag.codec,
                            .codec_config = {},
                            .sample_rate = static_cast<int>(tag.sample_rate),
                            .channels = tag.channels};
    if (header) input.codec_config.assign(tag.data.begin(), tag.data.end());
    if (!header && input_.codec == input.codec) input.codec_config = input_.codec_config;
    if (auto adopted = Adopt(std::move(input)); !adopted) return adopted;
    if (header) return {};
  }
  meter_.Count(tag.data.size(), now);
  if (!transcoder_) {
    ++before_header_;
    return {};
  }
  pts += std::chrono::nanoseconds(tag.presentation_offset_ns);
  if (auto pushed = transcoder_->Push(tag.data, pts); !pushed && ++decode_errors_ == 1) {
    logger_.Warn("audio frame not decodable", {{"error", pushed.error()}});
  }
  return {};
}

Result<void> AudioPipeline::Adopt(media::AudioInput input) {
  if (transcoder_ && SameFormat(input, input_)) return {};
  if (input.codec == AudioCodec::kAac) {
    if (auto config = codec::ParseAudioSpecificConfig(input.codec_config); config) {
      input.sample_rate = config->output_sample_rate();
      input.channels = config->output_channels();
    } else {
      return Wrap("AAC sequence header", config.error());
    }
    if (transcoder_ && SameFormat(input, input_)) return {};
  }
  if (transcoder_) {
    if (auto set = transcoder_->SetInput(input); !set) return set;
  } else {
    auto transcoder = media::AudioTranscoder::Make(input, output_, on_packet_);
    if (!transcoder) return std::unexpected(transcoder.error());
    transcoder_ = std::move(*transcoder);
  }
  input_ = std::move(input);
  logger_.Info(
      "audio format",
      {{"codec", mime_type()}, {"sampleRate", input_.sample_rate}, {"channels", input_.channels}});
  return {};
}

std::string AudioPipeline::mime_type() const {
  switch (input_.codec) {
    case AudioCodec::kAac:
      return "audio/aac";
    case AudioCodec::kOpus:
      return "audio/opus";
    case AudioCodec::kMp3:
      return "audio/mpeg";
    case AudioCodec::kSpeex:
      return "audio/x-speex";
    case AudioCodec::kPcmA:
      return "audio/x-alaw";
    case AudioCodec::kPcmU:
      return "audio/x-mulaw";
  }
  return "audio/unknown";
}

int AudioPipeline::sample_rate() const {
  const int decoded = transcoder_ ? transcoder_->input_sample_rate() : 0;
  return decoded != 0 ? decoded : input_.sample_rate;
}

int AudioPipeline::channels() const {
  const int decoded = transcoder_ ? transcoder_->input_channels() : 0;
  return decoded != 0 ? decoded : input_.channels;
}

}  // namespace ingress::handler
