// How a session's media come from its input to the pipelines.
#include <chrono>
#include <utility>
#include <variant>

#include "handler/publish_session.h"

namespace ingress::handler {

using namespace std::chrono_literals;

/// What the encoder's last connection sent and still waits goes first.
void PublishSession::OnConnection() {
  if (ended_) return;
  if (aligner_.Passes(TrackKind::kVideo)) {
    EndIfFailed(video_->OnConnection(Now()));
  } else {
    aligner_.Hold(TrackKind::kVideo, std::nullopt, 0, SessionNow(),
                  [this] { EndIfFailed(video_->OnConnection(Now())); });
  }
  Advance();
}

void PublishSession::OnInputEnded() {
  if (ended_) return;
  logger_.Info("the stream ended");
  End(std::nullopt);
}

void PublishSession::OnInputLost(Failure failure) { End(std::move(failure)); }

void PublishSession::OnUnits(stream::Units units) {
  if (ended_) return;
  output_->BeginBatch();
  aligner_.OnTick(SessionNow());
  for (stream::Unit& unit : units) {
    if (ended_) break;
    const TimePoint now = Now();
    std::visit([this, now](auto& one) { OnUnit(std::move(one), now); }, unit);
  }
  const TimePoint now = Now();
  audio_pacer_.OnTick(parts_.clock.At(now));
  video_->OnTick(now);
  output_->EndBatch();
  // Media that comes carries the ticks.
  if (!ended_) TickIfDue(now);
  Advance();
}

void PublishSession::OnUnit(stream::VideoUnit unit, TimePoint now) {
  pipeline::VideoMessage message = video_->Read(std::move(unit));
  const std::size_t size = message.unit.payload.size();
  std::optional<Placed> placed;
  if (message.begins_picture()) {
    placed = PlaceVideo(message.unit, now);
    input_watch_.OnMessage(TrackKind::kVideo, size, placed->live);
    message.unit.composition =
        timeline_.CompositionTime(TrackKind::kVideo, message.unit.composition);
  } else if (message.damaged()) {
    input_watch_.OnMessage(TrackKind::kVideo, size, true);
  }
  const Placed at = placed.value_or(Placed{.time = {}, .live = true});
  if (Passes(TrackKind::kVideo, placed, now)) {
    return EndIfFailed(TakeVideo(std::move(message), at, now));
  }
  aligner_.Hold(TrackKind::kVideo, placed, size, parts_.clock.At(now),
                [this, at, held = std::move(message)]() mutable {
                  EndIfFailed(TakeVideo(std::move(held), at, Now()));
                });
}

void PublishSession::OnUnit(stream::AudioUnit unit, TimePoint now) {
  video_->OnOtherTrack(now);
  std::optional<Placed> placed;
  if (unit.kind == stream::AudioUnit::Kind::kFrame) {
    placed = Place(TrackKind::kAudio, unit.dts, audio_->DurationOf(unit), now);
    input_watch_.OnMessage(TrackKind::kAudio, unit.payload.size(), placed->live);
    if (!placed->live) return;
  }
  const Placed at = placed.value_or(Placed{.time = {}, .live = true});
  if (Passes(TrackKind::kAudio, placed, now)) return TakeAudio(unit, at, now);
  const std::size_t size = unit.payload.size();
  aligner_.Hold(TrackKind::kAudio, placed, size, parts_.clock.At(now),
                [this, at, held = std::move(unit)] { TakeAudio(held, at, Now()); });
}

void PublishSession::OnUnit(stream::Metadata metadata, TimePoint /*now*/) {
  encoder_ = std::move(metadata.encoder);
  logger_.Info("encoder", {{"name", encoder_}});
  video_->ExpectLayers(metadata.video_layers);
  if (metadata.tracks) {
    publisher_->Expect(metadata.tracks->video, metadata.tracks->audio);
  } else {
    publisher_->Expect({}, {});
  }
}

void PublishSession::OnUnit(stream::Unreadable unit, TimePoint now) {
  if (unit.kind == TrackKind::kVideo) return video_->OnUnreadable(unit.why, now);
  video_->OnOtherTrack(now);
  audio_->OnUnusable(std::move(unit.why), now);
}

/// One of several layers is the time reference; the others' times are as far from its as their
/// sender says.
Placed PublishSession::PlaceVideo(const stream::VideoUnit& unit, TimePoint now) {
  if (unit.time_reference) return Place(TrackKind::kVideo, unit.dts, {}, now);
  const auto placed = timeline_.PlaceByNewest(TrackKind::kVideo, unit.dts, parts_.clock.At(now));
  return placed.value_or(Placed{.time = SessionNow(), .live = false});
}

/// Whether a message may go on at once, or has to wait for its turn.
bool PublishSession::Passes(TrackKind kind, const std::optional<Placed>& placed, TimePoint now) {
  return placed ? aligner_.Passes(kind, *placed, parts_.clock.At(now)) : aligner_.Passes(kind);
}

/// Places media on the session's time line.
Placed PublishSession::Place(TrackKind kind, const stream::Timestamp& dts, SessionTime duration,
                             TimePoint now) {
  timeline_.Allow(aligner_.delay());
  const Placed placed = timeline_.Map(kind, dts, parts_.clock.At(now), duration);
  if (aligner_.Observe(kind, placed, parts_.clock.At(now))) {
    const auto in_ms = [](SessionTime time) { return time / 1ms; };
    const SessionTime behind = aligner_.alignment().video_behind(parts_.clock.At(now));
    logger_.Info("media waits, so that audio and video leave together",
                 {{"forMs", in_ms(aligner_.delay())}, {"videoBehindMs", in_ms(behind)}});
  }
  return placed;
}

Result<void> PublishSession::TakeVideo(pipeline::VideoMessage message, Placed placed,
                                       TimePoint now) {
  if (message.begins_picture() && placed.live) muting_->OnVideoInput(now);
  auto taken = video_->OnMessage(std::move(message), placed, now);
  if (publisher_->sends_video() && video_->outgrown(now)) publisher_->Replace();
  return taken;
}

void PublishSession::TakeAudio(const stream::AudioUnit& unit, Placed placed, TimePoint now) {
  if (unit.kind == stream::AudioUnit::Kind::kFrame) {
    muting_->OnAudioInput(now);
    packet_aligner_.OnInput(placed.time, parts_.clock.At(now));
    audio_input_ = placed.time;
  }
  audio_->OnUnit(unit, placed.time, now);
}

void PublishSession::EndIfFailed(const Result<void>& taken) {
  if (!taken) End(InputFailure(TrackKind::kVideo, taken.error()));
}

/// What an input that cannot be used is to the stream's owner.
Failure PublishSession::InputFailure(TrackKind kind, const Error& error) const {
  if (error.code == ErrorCode::kConflict) {
    return parts_.job.cannot_encode()
               ? Failure(FailureCode::kNodeCannotEncode, error.context)
               : Failure(FailureCode::kUnsupportedCodec, "transcoding is off and " + error.context);
  }
  if (error.code == ErrorCode::kUnsupported) {
    return Failure(FailureCode::kUnsupportedCodec, error.context);
  }
  const bool senseless =
      error.code == ErrorCode::kMalformed || error.code == ErrorCode::kLimitExceeded;
  if (senseless) {
    return Failure(
        kind == TrackKind::kVideo ? FailureCode::kCorruptVideo : FailureCode::kUnsupportedCodec,
        error.context);
  }
  return Failure(FailureCode::kInternal, error.context);
}

}  // namespace ingress::handler
