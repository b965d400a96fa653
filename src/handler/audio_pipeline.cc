#include "handler/audio_pipeline.h"

#include <chrono>
#include <utility>

#include "codec/aac.h"
#include "codec/opus.h"

namespace ingress::handler {
namespace {

std::string NameOf(const flv::AudioTag& tag) {
  return tag.fourcc != 0 ? "FourCC " + flv::ToText(tag.fourcc)
                         : "FLV sound format " + std::to_string(tag.sound_format);
}

std::string_view NameOf(AudioCodec codec) {
  switch (codec) {
    case AudioCodec::kAac:
      return "AAC";
    case AudioCodec::kOpus:
      return "Opus";
    case AudioCodec::kMp3:
      return "MP3";
    case AudioCodec::kSpeex:
      return "Speex";
    case AudioCodec::kPcmA:
    case AudioCodec::kPcmU:
      return "G.711";
  }
  return "this codec";
}

bool SameFormat(const media::AudioInput& input, const flv::AudioTag& tag) {
  return input.codec == *tag.codec && input.sample_rate == static_cast<int>(tag.sample_rate) &&
         input.channels == tag.channels;
}

}  // namespace

AudioPipeline::AudioPipeline(media::OpusOptions output, OnPacket on_packet,
                             observability::Logger logger, bool always_transcode)
    : output_(output),
      on_packet_(std::move(on_packet)),
      logger_(std::move(logger)),
      always_transcode_(always_transcode),
      judge_(output.channels) {}

Result<void> AudioPipeline::OnTag(const flv::AudioTag& tag, SessionTime pts, TimePoint now) {
  using Kind = flv::AudioTag::Kind;
  if (tag.kind != Kind::kSequenceHeader && tag.kind != Kind::kCodedFrame) return {};
  if (!tag.codec) return Fail(ErrorCode::kUnsupported, "audio codec: " + NameOf(tag));
  if (tag.kind == Kind::kSequenceHeader) return OnHeader(tag);
  if (tag.data.empty()) return {};
  meter_.Count(tag.data.size(), now);
  return OnFrame(tag, pts + std::chrono::nanoseconds(tag.presentation_offset_ns));
}

Result<void> AudioPipeline::OnHeader(const flv::AudioTag& tag) {
  media::AudioInput input{.codec = *tag.codec,
                          .codec_config = Bytes(tag.data.begin(), tag.data.end()),
                          .sample_rate = static_cast<int>(tag.sample_rate),
                          .channels = tag.channels};
  if (input_ && input_->codec == input.codec && input_->codec_config == input.codec_config) {
    return {};
  }
  if (input.codec == AudioCodec::kOpus) {
    judge_.SetHeader(tag.data);
    Adopt(std::move(input));
    return {};  // the packets decide on the route
  }
  if (input.codec == AudioCodec::kAac) {
    const auto config = codec::ParseAudioSpecificConfig(input.codec_config);
    if (!config) return OnBadHeader(Wrap("AAC sequence header", config.error()).error());
    input.sample_rate = config->output_sample_rate();
    input.channels = config->output_channels();
  }
  Adopt(std::move(input));
  return PrepareTranscoder();
}

/// A stream that works goes on with the header it has.
Result<void> AudioPipeline::OnBadHeader(Error error) {
  if (!input_) return std::unexpected(std::move(error));
  logger_.Warn("audio header not usable", {{"error", error}});
  return {};
}

Result<void> AudioPipeline::OnFrame(const flv::AudioTag& tag, SessionTime pts) {
  const bool known = input_ && input_->codec == *tag.codec;
  if (*tag.codec == AudioCodec::kAac) {
    if (!known) {
      ++before_header_;
      return {};
    }
  } else if (!known || (*tag.codec != AudioCodec::kOpus && !SameFormat(*input_, tag))) {
    // These tell what they are without a header.
    Adopt({.codec = *tag.codec,
           .codec_config = {},
           .sample_rate = static_cast<int>(tag.sample_rate),
           .channels = tag.channels});
  }
  if (*tag.codec == AudioCodec::kOpus) {
    const auto& objection = judge_.Look(tag.data);
    if (!always_transcode_ && !objection) {
      TakeRoute(true, "Opus that receivers take as it is");
      PassThrough(tag.data, pts);
      return {};
    }
    TakeRoute(false,
              always_transcode_ ? "the configuration says so" : std::string_view(*objection));
  }
  if (auto prepared = PrepareTranscoder(); !prepared) return prepared;
  if (auto pushed = transcoder_->Push(tag.data, pts); !pushed && ++decode_errors_ == 1) {
    logger_.Warn("audio frame not decodable", {{"error", pushed.error()}});
  }
  return {};
}

void AudioPipeline::Adopt(media::AudioInput input) {
  input_ = std::move(input);
  input_changed_ = true;
  logger_.Info("audio format", {{"codec", mime_type()},
                                {"sampleRate", input_->sample_rate},
                                {"channels", input_->channels}});
  if (input_->codec != AudioCodec::kOpus) {
    TakeRoute(false, std::string(NameOf(input_->codec)) + " is not Opus");
  }
}

Result<void> AudioPipeline::PrepareTranscoder() {
  if (!input_changed_) return {};
  if (transcoder_) {
    if (auto set = transcoder_->SetInput(*input_); !set) return set;
  } else {
    auto made = media::AudioTranscoder::Make(
        *input_, output_, [this](const media::AudioTranscoder::Packet& packet) { Emit(packet); });
    if (!made) return std::unexpected(made.error());
    transcoder_ = std::move(*made);
    transcoder_->SetPacketLoss(packet_loss_);
  }
  input_changed_ = false;
  return {};
}

void AudioPipeline::PassThrough(ByteView packet, SessionTime pts) {
  const SessionTime duration = *codec::OpusPacketDuration(packet);  // the judge has looked
  if (input_->channels == 0) {
    input_->channels = codec::OpusPacketIsStereo(packet) ? 2 : 1;
    input_->sample_rate = 48'000;
  }
  if (!level_) level_.emplace();
  packet_.level_dbov = level_->LevelOf(packet);
  const auto time = grid_.Place(pts, duration);
  if (!time) return;
  packet_.frame.payload.assign(packet.begin(), packet.end());
  packet_.frame.pts = *time;
  packet_.frame.duration = duration;
  Emit(packet_);
}

void AudioPipeline::TakeRoute(bool passes, std::string_view reason) {
  if (passes == passes_ && reason == reason_) return;
  passes_ = passes;
  reason_ = reason;
  logger_.Info("audio route", {{"route", std::string(route())}, {"reason", reason_}});
}

/// Where one route takes over from the other, their packets may overlap.
void AudioPipeline::Emit(const media::AudioTranscoder::Packet& packet) {
  if (packet.frame.pts < not_before_) return;
  not_before_ = packet.frame.pts + packet.frame.duration / 2;
  on_packet_(packet);
}

void AudioPipeline::SetPacketLoss(double loss) {
  if (loss == packet_loss_) return;
  packet_loss_ = loss;
  if (transcoder_) transcoder_->SetPacketLoss(loss);
}

void AudioPipeline::MovePackets(std::chrono::milliseconds by) {
  if (transcoder_ && !passes_) transcoder_->Move(by);
}

std::string AudioPipeline::mime_type() const {
  if (!input_) return "audio/unknown";
  switch (input_->codec) {
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
  const int decoded = transcoder_ && !passes_ ? transcoder_->input_sample_rate() : 0;
  if (decoded != 0) return decoded;
  return input_ ? input_->sample_rate : 0;
}

int AudioPipeline::channels() const {
  const int decoded = transcoder_ && !passes_ ? transcoder_->input_channels() : 0;
  if (decoded != 0) return decoded;
  return input_ ? input_->channels : 0;
}

}  // namespace ingress::handler
