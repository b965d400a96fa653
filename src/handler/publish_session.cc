#include "handler/publish_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <utility>

#include "flv/audio_tag.h"
#include "flv/video_tag.h"

namespace ingress::handler {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// A key frame that had to wait waits no longer than a tick. While media arrives it carries the
// ticks, which saves a process with little to do a third of its awakenings; the timer is for
// silence and for what a transcoder does meanwhile.
constexpr auto kTick = 20ms;
constexpr auto kTranscodingTick = 40ms;
constexpr auto kQuietTick = 100ms;
constexpr auto kCarriedTick = 500ms;  // until the timer asks again whether media still carries them
constexpr auto kReportEvery = 1s;
constexpr SessionTime kLargeSkew = 1s;  // of one track; viewers wait for so long
constexpr double kDelayWeight = 0.02;   // of a new picture in the average: a second or two
// An encoder sends its headers first; one that has not by then will not.
constexpr auto kHeadersWithin = 8s;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

Failure InputFailure(const Error& error, bool video, const ipc::MediaOptions& media) {
  if (error.code == ErrorCode::kConflict) {
    return media.cannot_encode()
               ? Failure(FailureCode::kNodeCannotEncode, error.context)
               : Failure(FailureCode::kUnsupportedCodec, "transcoding is off and " + error.context);
  }
  if (error.code == ErrorCode::kUnsupported) {
    return Failure(FailureCode::kUnsupportedCodec, error.context);
  }
  const bool senseless =
      error.code == ErrorCode::kMalformed || error.code == ErrorCode::kLimitExceeded;
  if (senseless) {
    return Failure(video ? FailureCode::kCorruptVideo : FailureCode::kUnsupportedCodec,
                   error.context);
  }
  return Failure(FailureCode::kInternal, error.context);
}

pipeline::VideoPipeline::Options VideoOptions(const VideoEncoding& encoding,
                                              const SessionClock& clock, const ipc::Job& job) {
  const ipc::MediaOptions& media = job.media();
  pipeline::VideoPipeline::Options options{
      .encoding = encoding, .clock = clock, .subject = job.resource_id()};
  if (media.transcoding() == ipc::MediaOptions::ALWAYS) options.transcoding = Transcoding::kAlways;
  if (media.transcoding() == ipc::MediaOptions::NEVER) options.transcoding = Transcoding::kNever;
  if (media.h264_profile() == ipc::MediaOptions::MAIN) {
    options.h264_profile = media::H264Profile::kMain;
  }
  if (media.h264_profile() == ipc::MediaOptions::BASELINE) {
    options.h264_profile = media::H264Profile::kBaseline;
  }
  if (media.passthrough_max_bitrate_ratio() > 0) {
    options.max_bitrate_ratio = media.passthrough_max_bitrate_ratio();
  }
  if (media.max_input_pixels() > 0) options.max_input_pixels = media.max_input_pixels();
  return options;
}

}  // namespace

Result<std::unique_ptr<PublishSession>> PublishSession::Make(const asio::any_io_executor& executor,
                                                             ipc::Job job, OnReport on_report,
                                                             observability::Logger logger) {
  auto video = ResolveVideoEncoding(job.info().video());
  if (!video) return std::unexpected(video.error());
  auto audio = ResolveAudioEncoding(job.info().audio());
  if (!audio) return std::unexpected(audio.error());
  return std::unique_ptr<PublishSession>(new PublishSession(executor, std::move(job),
                                                            std::move(on_report), std::move(logger),
                                                            std::move(*video), std::move(*audio)));
}

PublishSession::PublishSession(const asio::any_io_executor& executor, ipc::Job job,
                               OnReport on_report, observability::Logger logger,
                               VideoEncoding video, AudioEncoding audio)
    : executor_(executor),
      job_(std::move(job)),
      on_report_(std::move(on_report)),
      logger_(std::move(logger)),
      tasks_(executor),
      clock_{.steady_origin = Clock::now(), .wall_origin = WallClock::now()},
      ticked_at_(clock_.steady_origin),
      next_report_(ticked_at_ + kReportEvery),
      audio_encoding_(std::move(audio)),
      video_encoding_(std::move(video)),
      audio_pacer_([this](const EncodedFrame& packet, int level) { SendAudio(packet, level); }),
      departure_(executor, TimePoint::max()),
      end_(executor, TimePoint::max()),
      changed_(executor, TimePoint::max()) {
  MakePipelines();
  MakeRoom();
}

PublishSession::~PublishSession() = default;

asio::awaitable<std::optional<Failure>> PublishSession::Run() {
  tasks_.Spawn(JoinRoom());
  tasks_.Spawn(ReadStream());
  tasks_.Spawn(PublishTracks());
  tasks_.Spawn(KeepTicking());
  tasks_.Spawn(ReleaseHeld());
  if (!ended_) co_await end_.async_wait(kAwait);
  // Every task sees ended_ at its next step; closing what they wait for makes that now.
  if (stream_) stream_->Close();
  changed_.cancel();
  departure_.cancel();
  co_await room_->Leave();
  co_await tasks_.Join();
  co_await video_->Close();
  co_return failure_;
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
  end_.cancel();
}

void PublishSession::MakePipelines() {
  video_ = std::make_unique<pipeline::VideoPipeline>(
      executor_, VideoOptions(video_encoding_, clock_, job_),
      pipeline::VideoPipeline::Callbacks{
          .on_frame = [this](std::size_t layer,
                             const EncodedFrame& frame) { SendVideo(layer, frame); },
          .on_held = [this] { OnHeld(); },
          .on_enabled =
              [this](std::size_t layer) {
                if (video_muter_) video_muter_->OnDemand(layer);
              },
          .on_error =
              [this](const Error& error) {
                // Not found: what it encodes with.
                const bool lacks = error.code == ErrorCode::kNotFound;
                End(Failure(lacks ? FailureCode::kNodeCannotEncode : FailureCode::kInternal,
                            "video transcoder: " + error.context));
              }},
      logger_);
  audio_ = std::make_unique<pipeline::AudioPipeline>(
      media::OpusOptions{.channels = static_cast<int>(audio_encoding_.channels),
                         .bitrate = static_cast<int>(audio_encoding_.bitrate),
                         .dtx = audio_encoding_.dtx},
      [this](const media::AudioTranscoder::Packet& packet) {
        if (!packet.dtx) PaceAudio(packet);
      },
      logger_, job_.media().transcoding() == ipc::MediaOptions::ALWAYS);
}

asio::awaitable<void> PublishSession::ReadStream() {
  // Each connection of the encoder is a generation with a request of its own. Where none can follow
  // any more, the relay no longer knows the stream.
  for (bool first = true; !ended_; first = false) {
    auto stream = co_await relay_client::StreamClient::Connect(executor_, job_.relay_url(), {});
    if (ended_) co_return;
    if (!stream && !first && stream.error().code == ErrorCode::kNotFound) {
      logger_.Info("the stream ended");
      End(std::nullopt);
      co_return;
    }
    if (!stream) {
      End(Failure(FailureCode::kInternal, "relay: " + stream.error().context));
      co_return;
    }
    stream_ = std::move(*stream);
    co_await ReadGeneration();
  }
}

asio::awaitable<void> PublishSession::ReadGeneration() {
  if (auto begun = BeginConnection(Clock::now()); !begun) {
    End(InputFailure(begun.error(), true, job_.media()));
  }
  while (!ended_) {
    auto tags = co_await stream_->Read();
    if (ended_ || (tags && tags->empty())) co_return;
    if (!tags) {
      End(Failure(FailureCode::kInternal, "relay: " + tags.error().context));
      co_return;
    }
    OnTags(std::move(*tags));
    if (const TimePoint now = Clock::now(); now - ticked_at_ >= kTick) Tick(now);
  }
}

void PublishSession::OnTags(std::vector<flv::Tag> tags) {
  room_->BeginBatch();
  aligner_.OnTick(clock_.At(Clock::now()));
  for (flv::Tag& tag : tags) {
    const bool video = tag.type == flv::TagType::kVideo;
    if (auto taken = OnTag(std::move(tag)); !taken) {
      End(InputFailure(taken.error(), video, job_.media()));
      break;
    }
  }
  const TimePoint now = Clock::now();
  audio_pacer_.OnTick(clock_.At(now));
  video_->OnTick(now);
  room_->EndBatch();
  OnHeld();
}

Result<void> PublishSession::OnTag(flv::Tag tag) {
  const TimePoint now = Clock::now();
  switch (tag.type) {
    case flv::TagType::kVideo:
      return OnVideo(std::move(tag), now);
    case flv::TagType::kAudio:
      OnAudio(std::move(tag), now);
      return {};
    case flv::TagType::kScript:
      OnScript(tag);
      return {};
  }
  return {};
}

Result<void> PublishSession::OnVideo(flv::Tag tag, TimePoint now) {
  if (tag.payload.empty()) return {};
  auto video = flv::ParseVideoTag(tag.payload);
  if (!video) {
    video_->OnUnreadable(video.error(), now);
    return {};
  }
  pipeline::VideoMessage message = video_->Read(*video, std::move(tag.payload), tag.timestamp);
  std::optional<Placed> placed;
  if (message.begins_picture()) {
    placed = Place(TrackKind::kVideo, tag.timestamp, {}, now);
    input_watch_.OnMessage(TrackKind::kVideo, message.body.size(), placed->live);
    message.tag.composition_time_ms =
        timeline_.CompositionTime(TrackKind::kVideo, message.tag.composition_time_ms);
  } else if (message.damaged()) {
    input_watch_.OnMessage(TrackKind::kVideo, message.body.size(), true);
  }
  const Placed at = placed.value_or(Placed{.time = {}, .live = true});
  if (Passes(TrackKind::kVideo, placed, now)) return TakeVideo(std::move(message), at, now);
  const std::size_t size = message.body.size();
  aligner_.Hold(TrackKind::kVideo, placed, size, [this, at, held = std::move(message)]() mutable {
    EndIfFailed(TakeVideo(std::move(held), at, Clock::now()));
  });
  return {};
}

void PublishSession::OnAudio(flv::Tag tag, TimePoint now) {
  if (tag.payload.empty()) return;
  video_->OnOtherTrack(now);
  auto audio = flv::ParseAudioTag(tag.payload);
  if (!audio) return audio_->OnUnusable(std::move(audio.error()), now);
  std::optional<Placed> placed;
  if (audio->kind == flv::AudioTag::Kind::kCodedFrame) {
    placed = Place(TrackKind::kAudio, tag.timestamp, audio_->DurationOf(*audio), now);
    input_watch_.OnMessage(TrackKind::kAudio, tag.payload.size(), placed->live);
    if (!placed->live) return;
  }
  const Placed at = placed.value_or(Placed{.time = {}, .live = true});
  if (Passes(TrackKind::kAudio, placed, now)) return TakeAudio(*audio, at, now);
  const std::size_t size = tag.payload.size();
  // What `audio` looks at stays where it is when the tag moves.
  aligner_.Hold(
      TrackKind::kAudio, placed, size,
      [this, at, audio = *audio, owner = std::move(tag)] { TakeAudio(audio, at, Clock::now()); });
}

/// Whether a message may go on at once, or has to wait for its turn.
bool PublishSession::Passes(TrackKind kind, const std::optional<Placed>& placed, TimePoint now) {
  return placed ? aligner_.Passes(kind, *placed, clock_.At(now)) : aligner_.Passes(kind);
}

/// Places media on the session's time line.
Placed PublishSession::Place(TrackKind kind, std::uint32_t timestamp, SessionTime duration,
                             TimePoint now) {
  timeline_.Allow(aligner_.delay());
  const Placed placed = timeline_.Map(kind, timestamp, clock_.At(now), duration);
  if (aligner_.Observe(kind, placed, clock_.At(now))) {
    const auto in_ms = [](SessionTime time) { return time / 1ms; };
    const SessionTime behind = aligner_.alignment().video_behind(clock_.At(now));
    logger_.Info("media waits, so that audio and video leave together",
                 {{"forMs", in_ms(aligner_.delay())}, {"videoBehindMs", in_ms(behind)}});
  }
  return placed;
}

Result<void> PublishSession::TakeVideo(pipeline::VideoMessage message, Placed placed,
                                       TimePoint now) {
  if (message.begins_picture() && placed.live && video_muter_) {
    ActOnVideo(video_muter_->OnInput(now));
  }
  const bool was_ready = video_->ready();
  auto taken = video_->OnMessage(std::move(message), placed, now);
  republish_due_ = republish_due_ || (video_muter_ && video_->outgrown(now));
  if (video_->ready() != was_ready || republish_due_) changed_.cancel();
  return taken;
}

void PublishSession::TakeAudio(const flv::AudioTag& audio, Placed placed, TimePoint now) {
  if (audio.kind == flv::AudioTag::Kind::kCodedFrame) {
    if (audio_muter_) ActOnAudio(audio_muter_->OnInput(now));
    packet_aligner_.OnInput(placed.time, clock_.At(now));
    audio_input_ = placed.time;
  }
  const bool was_ready = audio_->ready();
  audio_->OnTag(audio, placed.time, now);
  if (audio_->ready() != was_ready) changed_.cancel();
}

/// Another connection of the encoder: what its predecessor sent and still waits goes first.
Result<void> PublishSession::BeginConnection(TimePoint now) {
  if (aligner_.Passes(TrackKind::kVideo)) return video_->OnConnection(now);
  aligner_.Hold(TrackKind::kVideo, std::nullopt, 0,
                [this] { EndIfFailed(video_->OnConnection(Clock::now())); });
  return {};
}

void PublishSession::EndIfFailed(const Result<void>& taken) {
  if (!taken) End(InputFailure(taken.error(), true, job_.media()));
}

void PublishSession::OnScript(const flv::Tag& tag) {
  auto metadata = flv::ParseMetadata(tag.payload);
  if (!metadata) return;  // other script data, or damaged: a hint we can do without
  metadata_ = std::move(*metadata);
  logger_.Info("encoder", {{"name", metadata_->encoder}});
}

void PublishSession::SendVideo(std::size_t layer, const EncodedFrame& frame) {
  if (room_->video() == nullptr) return;
  const TimePoint now = Clock::now();
  const double delay =
      std::chrono::duration<double, std::milli>(clock_.At(now) - frame.pts).count();
  delay_ms_ += kDelayWeight * (delay - delay_ms_);
  if (video_muter_) ActOnVideo(video_muter_->OnSend(layer, now));
  room_->video()->SetRtpOffset(layer, aligner_.RtpOffsetAt(TrackKind::kVideo, frame.pts));
  room_->video()->Send(layer, frame);
}

void PublishSession::PaceAudio(const media::AudioTranscoder::Packet& packet) {
  const SessionTime now = clock_.At(Clock::now());
  packet_aligner_.OnPacket(packet.frame, now);
  // A packet that begins before a message is complete with it, and leaves as it does.
  audio_rtp_.SetFrom(packet.frame.pts, aligner_.RtpOffsetAt(TrackKind::kAudio, audio_input_));
  audio_pacer_.Push(packet.frame, packet.level_dbov, now);
}

std::optional<SessionTime> PublishSession::NextDeparture() const {
  std::optional<SessionTime> next;
  for (const auto& due : {aligner_.deadline(), audio_pacer_.deadline(), video_->departure()}) {
    if (due) next = std::min(next.value_or(*due), *due);
  }
  return next;
}

void PublishSession::OnHeld() {
  const auto next = NextDeparture();
  const TimePoint at = next ? clock_.steady_origin + *next : TimePoint::max();
  if (at != departure_.expiry()) departure_.cancel();
}

asio::awaitable<void> PublishSession::ReleaseHeld() {
  while (!ended_) {
    const auto next = NextDeparture();
    departure_.expires_at(next ? clock_.steady_origin + *next : TimePoint::max());
    co_await departure_.async_wait(kAwait);
    if (ended_) co_return;
    const TimePoint now = Clock::now();
    room_->BeginBatch();
    aligner_.Poll(clock_.At(now));
    audio_pacer_.Poll(clock_.At(now));
    video_->ReleaseHeld(now);
    room_->EndBatch();
  }
}

void PublishSession::SendAudio(const EncodedFrame& packet, int level_dbov) {
  if (room_->audio() == nullptr) return;
  room_->audio()->SetRtpOffset(audio_rtp_.At(packet.pts));
  room_->audio()->Send(packet, level_dbov);
  video_->OnAudioSent(packet.pts, Clock::now());
}

void PublishSession::ActOnVideo(InputLossMuter::Action action) {
  using Action = InputLossMuter::Action;
  if (action == Action::kNone || room_->video() == nullptr) return;
  if (action == Action::kRenew) return room_->video()->RenewLayers();
  logger_.Info(action == Action::kMute ? "no pictures come, muting the video track"
                                       : "pictures come again");
  room_->video()->SetMuted(action == Action::kMute);
}

void PublishSession::ActOnAudio(InputLossMuter::Action action) {
  using Action = InputLossMuter::Action;
  if (action != Action::kMute && action != Action::kUnmute) return;
  logger_.Info(action == Action::kMute ? "no audio comes, muting the audio track"
                                       : "audio comes again");
  room_->audio()->SetMuted(action == Action::kMute);
}

void PublishSession::OnTransportReady() {
  logger_.Info("media transport is up");
  transport_ready_at_ = Clock::now();
  timeline_.Freeze();
  aligner_.Freeze();
  video_->OnTransportReady(Clock::now());
}

asio::awaitable<void> PublishSession::KeepTicking() {
  asio::steady_timer timer(executor_);
  auto every = kQuietTick;
  while (!ended_) {
    timer.expires_at(ticked_at_ + (video_->transcodes() ? kTranscodingTick : every));
    co_await timer.async_wait(kAwait);
    if (ended_) co_return;
    const TimePoint now = Clock::now();
    every = now - ticked_at_ < kQuietTick ? kCarriedTick : kQuietTick;
    if (now - ticked_at_ >= kTick) Tick(now);
  }
}

void PublishSession::Tick(TimePoint now) {
  ticked_at_ = now;
  if (auto polled = video_->Poll(now); !polled)
    End(InputFailure(polled.error(), true, job_.media()));
  if (video_muter_) ActOnVideo(video_muter_->Poll(now));
  if (audio_muter_) ActOnAudio(audio_muter_->Poll(now));
  CheckForMedia(now);
  CheckHealth(now);
  input_watch_.Poll(timeline_, video_->counters().damaged, warnings_, now);
  if (now < next_report_) return;
  next_report_ = now + kReportEvery;
  WarnOfSkew(now);
  ReportWarnings(now);
  ReportRefused();
  if (room_->audio() != nullptr) audio_->SetPacketLoss(room_->audio()->stats().fraction_lost);
  Report(false);
}

/// A skew that lasts; called every second.
void PublishSession::WarnOfSkew(TimePoint now) {
  const SessionTime behind = aligner_.alignment().video_behind(clock_.At(now));
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
void PublishSession::ReportRefused() {
  const livekit::Room::Refused refused = room_->refused();
  const std::uint64_t before = std::exchange(refused_, refused.packets);
  if (refused.packets <= before) return;
  logger_.Error("packets are not sent because they could not be protected",
                {{"packets", refused.packets - before}, {"why", refused.why}});
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
    End(error ? InputFailure(*error, true, job_.media())
              : InputFailure(*audio_->health().Hopeless(now), false, job_.media()));
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
  if (video_->ready() || audio_->ready() || clock_.At(now) < kHeadersWithin) return;
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
