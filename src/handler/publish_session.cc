#include "handler/publish_session.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "ipc/wire.h"
#include "pipeline/simulcast/simulcast_pipeline.h"
#include "pipeline/video/video_pipeline.h"

namespace ingress::handler {
namespace {

using namespace std::chrono_literals;

// A key frame that had to wait waits no longer than a tick. While media arrives it carries the
// ticks, which saves a process with little to do a third of its awakenings; the timer is for
// silence and for what a transcoder does meanwhile.
constexpr auto kTick = 20ms;
constexpr auto kTranscodingTick = 40ms;
constexpr auto kQuietTick = 100ms;
constexpr auto kCarriedTick = 500ms;  // until the timer asks again whether media still carries them
// So seldom it costs a passed stream nothing: at every tick it was 1 % of the process.
constexpr auto kWatchEvery = 100ms;
constexpr auto kReportEvery = 1s;
constexpr SessionTime kLargeSkew = 1s;  // of one track; viewers wait for so long
constexpr double kDelayWeight = 0.02;   // of a new picture in the average: a second or two
// An encoder sends its headers first; one that has not by then will not.
constexpr auto kHeadersWithin = 8s;

}  // namespace

Result<std::unique_ptr<PublishSession>> PublishSession::Make(Parts parts) {
  auto video = ResolveVideoEncoding(parts.job.info().video());
  if (!video) return std::unexpected(video.error());
  auto audio = ResolveAudioEncoding(parts.job.info().audio());
  if (!audio) return std::unexpected(audio.error());
  const Encodings encodings{.video = std::move(*video), .audio = std::move(*audio)};
  return std::unique_ptr<PublishSession>(new PublishSession(std::move(parts), encodings));
}

PublishSession::PublishSession(Parts parts, const Encodings& encodings)
    : parts_(std::move(parts)),
      logger_(parts_.logger),
      ticked_at_(Now()),
      tick_every_(kQuietTick),
      next_report_(ticked_at_ + kReportEvery),
      audio_pacer_([this](const EncodedFrame& packet, int level) { SendAudio(packet, level); }) {
  MakePipelines(encodings);
  MakeOutput(encodings);
  const AudioEncoding& audio = encodings.audio;
  muting_.emplace(*output_, logger_);
  publisher_.emplace(
      TrackPublisher::Parts{
          .output = *output_,
          .video = *video_,
          .audio = *audio_,
          .muting = *muting_,
          .audio_track = {.stereo = audio.channels > 1, .dtx = audio.dtx, .bitrate = audio.bitrate},
          .random = parts_.random},
      logger_);
}

PublishSession::~PublishSession() = default;

void PublishSession::Start() {
  if (!ended_) publisher_->Join(Now());
}

void PublishSession::Stop(const std::string& reason) {
  if (ended_) return;
  logger_.Info("stopping", {{"reason", reason}});
  End(std::nullopt);
}

void PublishSession::End(std::optional<Failure> failure) {
  if (ended_) return;
  ended_ = true;
  failure_ = std::move(failure);
  parts_.callbacks.on_ended();
}

void PublishSession::Advance() {
  if (!ended_) publisher_->Advance(Now());
  parts_.callbacks.on_schedule();
}

void PublishSession::MakePipelines(const Encodings& encodings) {
  const MediaOptions media = ipc::MediaOptionsOf(parts_.job);
  video_ = MakeVideo(encodings.video, media);
  audio_ = std::make_unique<pipeline::AudioPipeline>(
      media::OpusOptions{.channels = static_cast<int>(encodings.audio.channels),
                         .bitrate = static_cast<int>(encodings.audio.bitrate),
                         .dtx = encodings.audio.dtx},
      [this](const media::AudioTranscoder::Packet& packet) {
        if (!packet.dtx) PaceAudio(packet);
      },
      logger_, media.transcoding == Transcoding::kAlways);
}

std::unique_ptr<pipeline::Video> PublishSession::MakeVideo(const VideoEncoding& encoding,
                                                           const MediaOptions& media) {
  pipeline::Video::Callbacks callbacks{
      .on_frame = [this](std::size_t layer, const EncodedFrame& frame) { SendVideo(layer, frame); },
      .on_held = [this] { parts_.callbacks.on_schedule(); },
      .on_enabled = [this](std::size_t layer) { muting_->OnDemand(layer); },
      .on_error =
          [this](const Error& error) {
            // Not found: what it encodes with.
            const bool lacks = error.code == ErrorCode::kNotFound;
            End(Failure(lacks ? FailureCode::kNodeCannotEncode : FailureCode::kInternal,
                        "video transcoder: " + error.context));
          },
      .request_source_key_frame = parts_.callbacks.request_key_frame};
  pipeline::VideoPipeline::Options options{
      .encoding = encoding, .clock = parts_.clock, .media = media};
  if (parts_.sender_layers) {
    return std::make_unique<pipeline::SimulcastPipeline>(parts_.transcoder, std::move(options),
                                                         std::move(callbacks), logger_);
  }
  return std::make_unique<pipeline::VideoPipeline>(parts_.transcoder, std::move(options),
                                                   std::move(callbacks), logger_);
}

void PublishSession::SendVideo(std::size_t layer, const EncodedFrame& frame) {
  if (ended_ || !output_->has_video()) return;
  const TimePoint now = Now();
  const double delay =
      std::chrono::duration<double, std::milli>(parts_.clock.At(now) - frame.pts).count();
  delay_ms_ += kDelayWeight * (delay - delay_ms_);
  muting_->OnSend(layer, now);
  output_->SendVideo(
      layer, frame,
      video_rtp_.OffsetFor(layer, frame.pts, aligner_.RtpOffsetAt(TrackKind::kVideo, frame.pts)));
}

void PublishSession::PaceAudio(const media::AudioTranscoder::Packet& packet) {
  const SessionTime now = SessionNow();
  packet_aligner_.OnPacket(packet.frame, now);
  // A packet that begins before a message is complete with it, and leaves as it does.
  audio_rtp_.SetFrom(packet.frame.pts, aligner_.RtpOffsetAt(TrackKind::kAudio, audio_input_));
  audio_pacer_.Push(packet.frame, packet.level_dbov, now);
}

TimePoint PublishSession::departure() const {
  std::optional<SessionTime> next;
  for (const auto& due : {aligner_.deadline(), audio_pacer_.deadline(), video_->departure()}) {
    if (due) next = std::min(next.value_or(*due), *due);
  }
  return next ? parts_.clock.steady_origin + *next : TimePoint::max();
}

void PublishSession::ReleaseHeld() {
  if (ended_) return;
  const TimePoint now = Now();
  output_->BeginBatch();
  aligner_.Poll(parts_.clock.At(now));
  audio_pacer_.Poll(parts_.clock.At(now));
  video_->ReleaseHeld(now);
  output_->EndBatch();
  Advance();
}

void PublishSession::SendAudio(const EncodedFrame& packet, int level_dbov) {
  if (ended_ || !output_->has_audio()) return;
  output_->SendAudio(packet, level_dbov, audio_rtp_.At(packet.pts));
  video_->OnAudioSent(packet.pts, Now());
}

TimePoint PublishSession::deadline() const {
  TimePoint due = ticked_at_ + (video_->transcodes() ? kTranscodingTick : tick_every_);
  if (const auto publish = publisher_->deadline()) due = std::min(due, *publish);
  return due;
}

void PublishSession::Poll() {
  if (ended_) return;
  const TimePoint now = Now();
  tick_every_ = now - ticked_at_ < kQuietTick ? kCarriedTick : kQuietTick;
  TickIfDue(now);
  Advance();
}

void PublishSession::TickIfDue(TimePoint now) {
  if (now - ticked_at_ >= kTick) Tick(now);
}

void PublishSession::Tick(TimePoint now) {
  ticked_at_ = now;
  if (auto polled = video_->Poll(now); !polled)
    End(InputFailure(TrackKind::kVideo, polled.error()));
  muting_->Poll(now);
  ReportWatched();
  if (now >= next_watch_) WatchInput(now);
  if (now < next_report_) return;
  next_report_ = now + kReportEvery;
  WarnOfSkew(now);
  ReportWarnings(now);
  const output::Stats stats = output_->stats();
  ReportRefused(stats);
  if (stats.audio) audio_->SetPacketLoss(stats.audio->fraction_lost);
  OrderBatchInterval();
  FollowBatchInterval();
  ReportState(false);
  if (!ended_) parts_.callbacks.on_counters(MakeCounters(stats));
}

/// Looks for what is wrong with the input, which lasts for longer than a tick.
void PublishSession::WatchInput(TimePoint now) {
  next_watch_ = now + kWatchEvery;
  CheckForMedia(now);
  CheckHealth(now);
  input_watch_.Poll(timeline_, video_->counters().damaged, warnings_, now);
}

/// A skew that lasts; called every second.
void PublishSession::WarnOfSkew(TimePoint now) {
  const SessionTime behind = aligner_.alignment().video_behind(parts_.clock.At(now));
  const bool large = abs(behind) >= kLargeSkew;
  if (std::exchange(skew_was_large_, large) && large) {
    const bool video = behind > SessionTime{0};
    std::array<char, 100> words{};
    std::snprintf(words.data(), words.size(), "%s comes %.1f s later than the %s of the same time",
                  video ? "video" : "audio", std::chrono::duration<double>(abs(behind)).count(),
                  video ? "audio" : "video");
    warnings_.Raise(WarningCode::kAvSkew, words.data(), now);
  } else if (!large) {
    warnings_.Clear(WarningCode::kAvSkew, now);
  }
}

/// SRTP refuses packets whose encryption would have given keys away: a mistake of ours.
void PublishSession::ReportRefused(const output::Stats& stats) {
  const std::uint64_t before = std::exchange(refused_, stats.refused);
  if (stats.refused <= before) return;
  logger_.Error("packets are not sent because they could not be protected",
                {{"packets", stats.refused - before}, {"why", stats.why_refused}});
}

void PublishSession::ReportWarnings(TimePoint now) {
  for (const Warnings::Change& change : warnings_.Poll(now)) {
    const Warning& warning = change.warning;
    if (change.over) {
      logger_.Info("no longer so: " + warning.cause(), {{"code", warning.name()}});
    } else {
      logger_.Warn(warning.cause(), {{"code", warning.name()}, {"remedy", warning.remedy()}});
    }
  }
}

/// An unusable track does not end the other one.
void PublishSession::CheckHealth(TimePoint now) {
  const pipeline::TrackHealth& video = video_->health();
  if (HopelessInput(video, audio_->health(), now)) {
    const auto error = video.Hopeless(now);
    if (error && video_->too_large()) {
      return End(Failure(FailureCode::kVideoTooLarge, error->context));
    }
    End(error ? InputFailure(TrackKind::kVideo, *error)
              : InputFailure(TrackKind::kAudio, *audio_->health().Hopeless(now)));
    return;
  }
  const auto warn = [&](WarningCode code, const pipeline::TrackHealth& track,
                        std::string_view waits) {
    const pipeline::TrackHealth::State state = track.state(now);
    const auto error = track.Hopeless(now);
    if (state == pipeline::TrackHealth::State::kUnusable) {
      warnings_.Raise(code, error ? std::string_view(error->context) : waits, now);
    } else if (state != pipeline::TrackHealth::State::kStarting) {
      warnings_.Clear(code, now);
    }
  };
  const bool large = video_->too_large();
  warn(large ? WarningCode::kVideoTooLarge : WarningCode::kVideoUnusable, video,
       "no key frame comes");
  warnings_.Clear(large ? WarningCode::kVideoUnusable : WarningCode::kVideoTooLarge, now);
  warn(WarningCode::kAudioUnusable, audio_->health(), "the configuration of its AAC has not come");
  if (video_->outgrown_in_vain(now)) {
    const LayerSpec& top = video_->layers().back();
    warnings_.Raise(WarningCode::kSourceLargerThanLayers,
                    "published are " + std::to_string(top.width) + "x" + std::to_string(top.height),
                    now);
  } else {
    warnings_.Clear(WarningCode::kSourceLargerThanLayers, now);
  }
}

void PublishSession::CheckForMedia(TimePoint now) {
  if (video_->ready() || audio_->ready() || parts_.clock.At(now) < kHeadersWithin) return;
  const std::uint64_t video = video_->counters().before_header;
  const std::uint64_t audio = audio_->before_header();
  if (video == 0 && audio == 0) {
    End(Failure(FailureCode::kNoMedia));
    return;
  }
  End(Failure(FailureCode::kNoCodecHeaders, std::to_string(video) + " pictures and " +
                                                std::to_string(audio) + " audio frames came"));
}

}  // namespace ingress::handler
