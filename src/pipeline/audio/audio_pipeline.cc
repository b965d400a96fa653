#include "pipeline/audio/audio_pipeline.h"

#include <chrono>
#include <utility>

#include "codec/audio_codec.h"
#include "codec/opus.h"
#include "codec/opus_format.h"

namespace ingress::pipeline {

AudioPipeline::AudioPipeline(media::OpusOptions output, OnPacket on_packet,
                             observability::Logger logger, bool always_transcode)
    : output_(output),
      on_packet_(std::move(on_packet)),
      logger_(std::move(logger)),
      always_transcode_(always_transcode),
      eligibility_(output.channels) {}

void AudioPipeline::OnUnit(const stream::AudioUnit& unit, SessionTime pts, TimePoint now) {
  auto used = Take(unit, pts);
  if (!used) return OnUnusable(std::move(used.error()), now);
  if (*used == Use::kFrame) health_.OnUsable(now);
  if (*used == Use::kWaits) health_.OnWaiting(now);
}

SessionTime AudioPipeline::DurationOf(const stream::AudioUnit& unit) const {
  if (!unit.codec) return {};
  if (const auto said = source_.DurationOf(unit)) return *said;
  return transcoder_ && !passes_ ? transcoder_->decoded() : SessionTime{0};
}

void AudioPipeline::OnUnusable(Error why, TimePoint now) {
  const auto count = health_.OnUnusable(std::move(why), now);
  if (!count) return;
  logger_.Warn("audio message not usable", {{"error", *health_.last_error()}, {"soFar", *count}});
}

Result<AudioPipeline::Use> AudioPipeline::Take(const stream::AudioUnit& unit, SessionTime pts) {
  using Kind = stream::AudioUnit::Kind;
  if (unit.kind == Kind::kEndOfSequence) return Use::kNone;
  if (!unit.codec) return Fail(ErrorCode::kUnsupported, unit.codec_name + " has no decoder");
  if (unit.kind != Kind::kFrame) {
    auto format = source_.OnHeader(unit);
    if (!format) return std::unexpected(std::move(format.error()));
    if (!*format) return Use::kNone;
    if (auto adopted = Adopt(std::move(**format)); !adopted) {
      return std::unexpected(std::move(adopted.error()));
    }
    return Use::kNone;
  }
  if (unit.payload.empty()) return Use::kNone;
  meter_.Count(unit.payload.size(), pts);
  return OnFrame(unit, pts + unit.composition);
}

Result<AudioPipeline::Use> AudioPipeline::OnFrame(const stream::AudioUnit& unit, SessionTime pts) {
  using Verdict = AudioSource::Verdict;
  auto judged = source_.OnFrame(unit);
  if (judged.verdict == Verdict::kWait) {
    ++before_header_;
    return Use::kWaits;
  }
  if (judged.verdict == Verdict::kForeign) {
    return Fail(ErrorCode::kMalformed, std::string(codec::NameOf(*unit.codec)) +
                                           " in a stream of " +
                                           std::string(codec::NameOf(source_.format()->codec)));
  }
  if (judged.verdict == Verdict::kAdopt) {
    if (auto adopted = Adopt(std::move(*judged.format)); !adopted) {
      return std::unexpected(std::move(adopted.error()));
    }
  }
  if (*unit.codec != AudioCodec::kOpus) return Transcode(unit.payload.view(), pts);
  const auto& ineligible = eligibility_.Check(unit.payload.view());
  if (!always_transcode_ && !ineligible) {
    TakeRoute(true, "Opus that receivers take as it is");
    PassThrough(unit.payload.view(), pts, unit.dts.clock.exact);
    return Use::kFrame;
  }
  TakeRoute(false, always_transcode_ ? "the configuration says so" : std::string_view(*ineligible));
  if (auto prepared = PrepareTranscoder(*source_.format()); !prepared) {
    return std::unexpected(std::move(prepared.error()));
  }
  return Transcode(unit.payload.view(), pts);
}

Result<AudioPipeline::Use> AudioPipeline::Transcode(ByteView coded, SessionTime pts) {
  if (auto pushed = transcoder_->Push(coded, pts); !pushed) {
    return std::unexpected(std::move(pushed.error()));
  }
  return transcoder_->decoded() > SessionTime{0} ? Use::kFrame : Use::kWaits;
}

/// Goes over to `format`. Errors: nothing can decode it, and all stays as it was.
Result<void> AudioPipeline::Adopt(media::AudioInput format) {
  if (format.codec == AudioCodec::kOpus) {
    eligibility_.SetHeader(format.codec_config);  // the packets decide on the route
    passed_channels_ = 0;
  } else {
    if (auto prepared = PrepareTranscoder(format); !prepared) return prepared;
    TakeRoute(false, std::string(codec::NameOf(format.codec)) + " is not Opus");
  }
  source_.Adopt(std::move(format));
  logger_.Info("audio format", {{"codec", mime_type()},
                                {"sampleRate", source_.format()->sample_rate},
                                {"channels", source_.format()->channels}});
  return {};
}

Result<void> AudioPipeline::PrepareTranscoder(const media::AudioInput& format) {
  if (decoded_ == format) return {};
  if (transcoder_) {
    if (auto set = transcoder_->SetInput(format); !set) return set;
  } else {
    auto made = media::AudioTranscoder::Make(
        format, output_, [this](const media::AudioTranscoder::Packet& packet) { Emit(packet); });
    if (!made) return std::unexpected(made.error());
    transcoder_ = std::move(*made);
    transcoder_->SetPacketLoss(packet_loss_);
  }
  decoded_ = format;
  return {};
}

void AudioPipeline::PassThrough(ByteView packet, SessionTime pts, bool exact) {
  const SessionTime duration = *codec::OpusPacketDuration(packet);  // checked by eligibility_
  if (passed_channels_ == 0) passed_channels_ = codec::OpusPacketIsStereo(packet) ? 2 : 1;
  if (!level_) level_.emplace();
  packet_.level_dbov = level_->LevelOf(packet);
  const auto time = smoother_.Place(pts, duration, exact);
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
  const auto& format = source_.format();
  return std::string(format ? codec::MimeTypeOf(format->codec) : "audio/unknown");
}

int AudioPipeline::sample_rate() const {
  if (passes_) return codec::kOpusRate;
  const int decoded = transcoder_ ? transcoder_->input_sample_rate() : 0;
  if (decoded != 0) return decoded;
  return source_.format() ? source_.format()->sample_rate : 0;
}

int AudioPipeline::channels() const {
  if (passes_) return passed_channels_;
  const int decoded = transcoder_ ? transcoder_->input_channels() : 0;
  if (decoded != 0) return decoded;
  return source_.format() ? source_.format()->channels : 0;
}

}  // namespace ingress::pipeline
