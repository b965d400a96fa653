#include "media/audio_transcoder.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "codec/opus_format.h"
#include "media/audio_decoder.h"
#include "media/audio_level.h"
#include "media/audio_resampler.h"
#include "media/opus_encoder.h"
#include "media/sample_aligner.h"
#include "media/silence_gate.h"

extern "C" {
#include <libavutil/frame.h>
}

namespace ingress::media {
class AudioTranscoder::Impl {
 public:
  Impl(AudioDecoder decoder, OpusPacketEncoder encoder, const OpusOptions& output,
       OnPacket on_packet)
      : decoder_(std::move(decoder)),
        encoder_(std::move(encoder)),
        resampler_(output.channels),
        channels_(static_cast<std::size_t>(output.channels)),
        aligner_(output.channels,
                 [this](std::span<const float> block, SessionTime pts) { Encode(block, pts); }),
        on_packet_(std::move(on_packet)),
        on_frame_([this](const AVFrame& frame) { return OnFrame(frame); }),
        dtx_(output.dtx) {}

  Result<void> SetInput(const AudioInput& input) {
    auto decoder = AudioDecoder::Make(input);
    if (!decoder) return std::unexpected(std::move(decoder.error()));
    decoder_ = std::move(*decoder);
    return {};
  }

  Result<void> Push(ByteView coded, SessionTime pts) {
    // Of several frames in one call only the first has a time of its own.
    pts_ = pts;
    decoded_time_ = {};
    made_packets_ = false;
    encoded_ = {};
    auto decoded = decoder_.Decode(coded, on_frame_);
    if (!encoded_) return std::exchange(encoded_, {});
    if (!decoded && made_packets_) return {};
    return decoded;
  }

  void SetPacketLoss(double loss) {
    encoder_.SetPacketLoss(static_cast<int>(std::lround(std::clamp(loss, 0.0, 1.0) * 100)));
  }

  void Move(std::chrono::milliseconds by) { aligner_.Move(by); }

  SessionTime decoded() const { return decoded_time_; }
  int input_sample_rate() const { return input_sample_rate_; }
  int input_channels() const { return input_channels_; }

 private:
  Result<void> OnFrame(const AVFrame& frame) {
    auto converted = resampler_.Convert(frame);
    if (!converted) return std::unexpected(std::move(converted.error()));
    input_sample_rate_ = frame.sample_rate;
    input_channels_ = frame.ch_layout.nb_channels;
    decoded_time_ +=
        SessionTime(std::int64_t{frame.nb_samples} * std::nano::den / frame.sample_rate);
    if (pts_) *pts_ -= converted->delay;
    aligner_.Add(converted->samples, std::exchange(pts_, std::nullopt));
    return {};
  }

  void Encode(std::span<const float> block, SessionTime pts) {
    packet_.level_dbov = AudioLevel(block);
    packet_.dtx = silence_.Skips(packet_.level_dbov) && dtx_;
    // What a decoder puts out first is what the encoder took in that much earlier.
    packet_.frame.pts = pts - encoder_.lookahead();
    packet_.frame.duration =
        codec::kOpusPacketDuration * block.size() / (codec::kOpusPacketSamples * channels_);
    packet_.frame.payload.clear();
    if (!packet_.dtx) {
      auto encoded = encoder_.Encode(block, packet_.frame.payload);
      if (!encoded) {
        encoded_ = std::move(encoded);
        return;
      }
    }
    made_packets_ = true;
    on_packet_(packet_);
  }

  AudioDecoder decoder_;
  OpusPacketEncoder encoder_;
  AudioResampler resampler_;
  std::size_t channels_;
  SampleAligner aligner_;
  SilenceGate silence_;
  OnPacket on_packet_;
  AudioDecoder::OnFrame on_frame_;
  bool dtx_;
  int input_sample_rate_ = 0;
  int input_channels_ = 0;

  // Of the call of Push() that is under way.
  std::optional<SessionTime> pts_;
  SessionTime decoded_time_{};
  bool made_packets_ = false;
  Result<void> encoded_;
  Packet packet_;  // reused, so that its payload need not be allocated
};

Result<std::unique_ptr<AudioTranscoder>> AudioTranscoder::Make(const AudioInput& input,
                                                               const OpusOptions& output,
                                                               OnPacket on_packet) {
  auto encoder = OpusPacketEncoder::Make(output);
  if (!encoder) return std::unexpected(std::move(encoder.error()));
  auto decoder = AudioDecoder::Make(input);
  if (!decoder) return std::unexpected(std::move(decoder.error()));
  return std::unique_ptr<AudioTranscoder>(new AudioTranscoder(std::make_unique<Impl>(
      std::move(*decoder), std::move(*encoder), output, std::move(on_packet))));
}

AudioTranscoder::AudioTranscoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

AudioTranscoder::~AudioTranscoder() = default;

Result<void> AudioTranscoder::SetInput(const AudioInput& input) { return impl_->SetInput(input); }

Result<void> AudioTranscoder::Push(ByteView coded, SessionTime pts) {
  return impl_->Push(coded, pts);
}

void AudioTranscoder::SetPacketLoss(double loss) { impl_->SetPacketLoss(loss); }

void AudioTranscoder::Move(std::chrono::milliseconds by) { impl_->Move(by); }

SessionTime AudioTranscoder::decoded() const { return impl_->decoded(); }

int AudioTranscoder::input_sample_rate() const { return impl_->input_sample_rate(); }

int AudioTranscoder::input_channels() const { return impl_->input_channels(); }

}  // namespace ingress::media
