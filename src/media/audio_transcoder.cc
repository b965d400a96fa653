#include "media/audio_transcoder.h"

#include <optional>
#include <utility>

#include "media/audio_decoder.h"
#include "media/audio_format.h"
#include "media/audio_grid.h"
#include "media/audio_level.h"
#include "media/audio_resampler.h"
#include "media/opus_encoder.h"
#include "media/silence_gate.h"

extern "C" {
#include <libavutil/frame.h>
}

namespace ingress::media {
class AudioTranscoder::Impl {
 public:
  Impl(AudioDecoder decoder, OpusPacketEncoder encoder, const OpusOptions& output)
      : decoder_(std::move(decoder)),
        encoder_(std::move(encoder)),
        resampler_(output.channels),
        grid_(output.channels),
        dtx_(output.dtx) {}

  Result<std::vector<Packet>> Push(ByteView coded, SessionTime pts) {
    // Of several frames in one call only the first has a time of its own.
    std::optional<SessionTime> time = pts;
    const auto on_frame = [&](const AVFrame& frame) -> Result<void> {
      auto converted = resampler_.Convert(frame);
      if (!converted) return std::unexpected(std::move(converted.error()));
      input_sample_rate_ = frame.sample_rate;
      input_channels_ = frame.ch_layout.nb_channels;
      if (time) *time -= converted->delay;
      grid_.Add(converted->samples, time);
      time.reset();
      return {};
    };
    const auto decoded = decoder_.Decode(coded, on_frame);
    std::vector<Packet> packets;
    while (const auto block = grid_.Take()) {
      auto packet = Encode(*block);
      if (!packet) return std::unexpected(std::move(packet.error()));
      packets.push_back(std::move(*packet));
    }
    if (!decoded && packets.empty()) return std::unexpected(decoded.error());
    return packets;
  }

  int input_sample_rate() const { return input_sample_rate_; }
  int input_channels() const { return input_channels_; }

 private:
  Result<Packet> Encode(const AudioGrid::Block& block) {
    auto payload = encoder_.Encode(block.samples);
    if (!payload) return std::unexpected(std::move(payload.error()));
    Packet packet;
    packet.level_dbov = AudioLevel(block.samples);
    packet.dtx = silence_.Skips(packet.level_dbov) && dtx_;
    packet.frame.payload = std::move(*payload);
    packet.frame.pts = block.pts;
    packet.frame.duration = kPacketDuration;
    return packet;
  }

  AudioDecoder decoder_;
  OpusPacketEncoder encoder_;
  AudioResampler resampler_;
  AudioGrid grid_;
  SilenceGate silence_;
  bool dtx_;
  int input_sample_rate_ = 0;
  int input_channels_ = 0;
};

Result<std::unique_ptr<AudioTranscoder>> AudioTranscoder::Make(const AudioInput& input,
                                                               const OpusOptions& output) {
  auto encoder = OpusPacketEncoder::Make(output);
  if (!encoder) return std::unexpected(std::move(encoder.error()));
  auto decoder = AudioDecoder::Make(input);
  if (!decoder) return std::unexpected(std::move(decoder.error()));
  return std::unique_ptr<AudioTranscoder>(new AudioTranscoder(
      std::make_unique<Impl>(std::move(*decoder), std::move(*encoder), output)));
}

AudioTranscoder::AudioTranscoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

AudioTranscoder::~AudioTranscoder() = default;

Result<std::vector<AudioTranscoder::Packet>> AudioTranscoder::Push(ByteView coded,
                                                                   SessionTime pts) {
  return impl_->Push(coded, pts);
}

int AudioTranscoder::input_sample_rate() const { return impl_->input_sample_rate(); }

int AudioTranscoder::input_channels() const { return impl_->input_channels(); }

}  // namespace ingress::media
