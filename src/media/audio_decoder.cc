#include "media/audio_decoder.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "codec/aac.h"
#include "media/audio_resampler.h"
#include "media/libav_log.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/mem.h>
}

namespace ingress::media {
namespace {

constexpr std::size_t kMaxConfig = 1024;   // bytes; a program config element stays far below
constexpr std::size_t kUsualFrame = 2048;  // bytes

AVCodecID IdOf(AudioCodec codec) {
  switch (codec) {
    case AudioCodec::kAac:
    case AudioCodec::kAacAdts:
      return AV_CODEC_ID_AAC;
    case AudioCodec::kAacLatm:
      return AV_CODEC_ID_AAC_LATM;
    case AudioCodec::kOpus:
      return AV_CODEC_ID_OPUS;
    case AudioCodec::kMp3:
      return AV_CODEC_ID_MP3;
    case AudioCodec::kFlac:
      return AV_CODEC_ID_FLAC;
    case AudioCodec::kAc3:
      return AV_CODEC_ID_AC3;
    case AudioCodec::kEac3:
      return AV_CODEC_ID_EAC3;
    case AudioCodec::kSpeex:
      return AV_CODEC_ID_SPEEX;
    case AudioCodec::kNellymoser:
      return AV_CODEC_ID_NELLYMOSER;
    case AudioCodec::kAdpcmSwf:
      return AV_CODEC_ID_ADPCM_SWF;
    case AudioCodec::kPcmA:
      return AV_CODEC_ID_PCM_ALAW;
    case AudioCodec::kPcmU:
      return AV_CODEC_ID_PCM_MULAW;
    case AudioCodec::kPcmU8:
      return AV_CODEC_ID_PCM_U8;
    case AudioCodec::kPcmS16:
      return AV_CODEC_ID_PCM_S16LE;
  }
  return AV_CODEC_ID_NONE;
}

/// What the stream is where neither a config nor the frames say it (FLV: Speex is 16 kHz mono,
/// G.711 8 kHz mono).
std::pair<int, int> RateAndChannels(const AudioInput& input) {
  const bool telephone = input.codec == AudioCodec::kPcmA || input.codec == AudioCodec::kPcmU;
  const int rate = telephone ? 8000 : input.codec == AudioCodec::kSpeex ? 16000 : 48000;
  return {input.sample_rate > 0 ? input.sample_rate : rate, input.channels > 0 ? input.channels
                                                            : input.codec == AudioCodec::kOpus ? 2
                                                                                               : 1};
}

Result<void> CheckAac(ByteView config) {
  const auto parsed = codec::ParseAudioSpecificConfig(config);
  if (!parsed) return std::unexpected(parsed.error());
  const int rate = parsed->output_sample_rate();
  if (parsed->sample_rate < AudioResampler::kMinRate || rate > AudioResampler::kMaxRate) {
    return Fail(ErrorCode::kUnsupported, "AAC at " + std::to_string(rate) + " Hz");
  }
  return {};
}

/// FLAC's STREAMINFO alone, which is what the decoder wants: encoders put "fLaC" and the head of
/// its metadata block in front of it, or one of them (RFC 9639 §8).
ByteView StreamInfo(ByteView config) {
  constexpr std::size_t kBlockHead = 4;
  constexpr std::size_t kStreamInfo = 34;
  constexpr std::string_view kMarker = "fLaC";
  if (AsText(config).starts_with(kMarker)) config = config.subspan(kMarker.size());
  if (config.size() >= kBlockHead + kStreamInfo && (config[0] & 0x7f) == 0 && config[1] == 0 &&
      config[2] == 0 && config[3] == kStreamInfo) {
    config = config.subspan(kBlockHead);
  }
  return config.size() >= kStreamInfo ? config.first(kStreamInfo) : ByteView{};
}

Result<void> SetExtradata(AVCodecContext& context, ByteView config) {
  context.extradata =
      static_cast<std::uint8_t*>(av_mallocz(config.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (context.extradata == nullptr) return Fail(ErrorCode::kInternal, "audio decoder: no memory");
  std::ranges::copy(config, context.extradata);
  context.extradata_size = static_cast<int>(config.size());
  return {};
}

}  // namespace

AudioDecoder::AudioDecoder() : packet_(av_packet_alloc()), frame_(av_frame_alloc()) {}

Result<AudioDecoder> AudioDecoder::Make(const AudioInput& input) {
  if (input.codec == AudioCodec::kAac) {
    if (auto checked = CheckAac(input.codec_config); !checked) {
      return std::unexpected(std::move(checked.error()));
    }
  }
  if (input.codec_config.size() > kMaxConfig) {
    return Fail(ErrorCode::kLimitExceeded,
                "audio config of " + std::to_string(input.codec_config.size()) + " bytes");
  }
  AudioDecoder decoder;
  if (auto opened = decoder.Open(input); !opened) return std::unexpected(std::move(opened.error()));
  return decoder;
}

Result<void> AudioDecoder::Open(const AudioInput& input) {
  SilenceLibav();
  codec_ = input.codec;
  const AVCodec* codec = avcodec_find_decoder(IdOf(input.codec));
  if (codec == nullptr) return Fail(ErrorCode::kUnsupported, "no decoder for this audio codec");
  context_.reset(avcodec_alloc_context3(codec));
  if (!context_ || !packet_ || !frame_) {
    return Fail(ErrorCode::kInternal, "audio decoder: no memory");
  }
  const ByteView config = input.codec == AudioCodec::kFlac ? StreamInfo(input.codec_config)
                                                           : ByteView(input.codec_config);
  if (!config.empty()) {
    if (auto set = SetExtradata(*context_, config); !set) return set;
  }
  const auto [rate, channels] = RateAndChannels(input);
  if (channels > AudioResampler::kMaxChannels) {
    return Fail(ErrorCode::kUnsupported, std::to_string(channels) + " audio channels");
  }
  context_->sample_rate = rate;
  av_channel_layout_default(&context_->ch_layout, channels);
  context_->thread_count = 1;
  if (const int opened = avcodec_open2(context_.get(), codec, nullptr); opened < 0) {
    return Fail(opened == AVERROR_INVALIDDATA ? ErrorCode::kMalformed : ErrorCode::kUnsupported,
                std::string(codec->name) + " decoder: " + LibavErrorText(opened));
  }
  if (input.codec == AudioCodec::kMp3) {
    parser_.reset(av_parser_init(AV_CODEC_ID_MP3));
    if (!parser_) return Fail(ErrorCode::kUnsupported, "no parser for MP3");
  }
  return {};
}

Result<void> AudioDecoder::Decode(ByteView coded, const OnFrame& on_frame) {
  if (coded.size() > kMaxCodedFrame) {
    return Fail(ErrorCode::kLimitExceeded,
                "audio frame of " + std::to_string(coded.size()) + " bytes");
  }
  if (coded.empty()) return {};
  if (codec_ == AudioCodec::kAac) coded = codec::StripAdts(coded);
  if (!parser_) return DecodeFrame(coded, on_frame);
  padded_.assign(coded.begin(), coded.end());
  padded_.resize(coded.size() + AV_INPUT_BUFFER_PADDING_SIZE);
  return DecodeStream(ByteView(padded_).first(coded.size()), on_frame);
}

Result<void> AudioDecoder::DecodeStream(ByteView bytes, const OnFrame& on_frame) {
  while (!bytes.empty()) {
    std::uint8_t* frame = nullptr;
    int frame_size = 0;
    const int used =
        av_parser_parse2(parser_.get(), context_.get(), &frame, &frame_size, bytes.data(),
                         static_cast<int>(bytes.size()), AV_NOPTS_VALUE, AV_NOPTS_VALUE, 0);
    if (used < 0) return Fail(ErrorCode::kMalformed, "audio parser: " + LibavErrorText(used));
    bytes = bytes.subspan(static_cast<std::size_t>(used));
    if (frame_size > 0) {
      auto decoded = DecodeFrame({frame, static_cast<std::size_t>(frame_size)}, on_frame);
      if (!decoded) return decoded;
    } else if (used == 0) {
      break;
    }
  }
  return {};
}

/// Copies `coded` into a counted buffer, which libav then shares instead of making one for each
/// frame.
Result<void> AudioDecoder::FillPacket(ByteView coded) {
  const auto size = static_cast<int>(coded.size());
  const bool reusable = buffer_ && av_buffer_is_writable(buffer_.get()) != 0 &&
                        buffer_->size >= coded.size() + AV_INPUT_BUFFER_PADDING_SIZE;
  if (!reusable) {
    buffer_.reset(
        av_buffer_alloc(std::max(2 * coded.size(), kUsualFrame) + AV_INPUT_BUFFER_PADDING_SIZE));
    if (!buffer_) return Fail(ErrorCode::kInternal, "audio decoder: no memory");
  }
  std::ranges::copy(coded, buffer_->data);
  std::fill_n(buffer_->data + size, AV_INPUT_BUFFER_PADDING_SIZE, std::uint8_t{0});
  packet_->buf = buffer_.get();  // lent for the call: av_packet_ref() takes its own reference
  packet_->data = buffer_->data;
  packet_->size = size;
  return {};
}

Result<void> AudioDecoder::DecodeFrame(ByteView coded, const OnFrame& on_frame) {
  if (auto filled = FillPacket(coded); !filled) return filled;
  int status = avcodec_send_packet(context_.get(), packet_.get());
  packet_->buf = nullptr;
  while (status >= 0) {
    status = avcodec_receive_frame(context_.get(), frame_.get());
    if (status < 0) break;
    if (auto taken = on_frame(*frame_); !taken) return taken;
  }
  if (status == AVERROR(EAGAIN)) return {};
  return Fail(ErrorCode::kMalformed, "audio decoder: " + LibavErrorText(status));
}

}  // namespace ingress::media
