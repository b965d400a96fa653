// What a session's output answers and asks of it.
#include <utility>

#include "handler/publish_session.h"

namespace ingress::handler {

void PublishSession::MakeOutput(const Encodings& encodings) {
  output_ = parts_.make_output(
      encodings, {
                     .on_joined = [this] { OnOutputJoined(); },
                     .on_published = [this] { OnOutputPublished(); },
                     .on_transport_ready = [this] { OnTransportReady(); },
                     .on_demand = [this](const std::vector<bool>& wanted) { OnDemand(wanted); },
                     .on_key_frame_request =
                         [this](std::size_t layer) {
                           if (!ended_) video_->RequestKeyFrame(layer, Now());
                         },
                     .on_audience = [this](bool present) { OnAudience(present); },
                     .on_uplink =
                         [this](std::optional<std::uint32_t> bits_per_second) {
                           if (!ended_) video_->OnUplink(bits_per_second, Now());
                         },
                     .on_ended = [this](const output::Ended& ended) { OnOutputEnded(ended); },
                     .on_left = parts_.callbacks.on_left,
                 });
}

void PublishSession::OnOutputJoined() {
  if (ended_) return;
  publisher_->OnJoined(Now());
  Advance();
}

void PublishSession::OnOutputPublished() {
  if (ended_) return;
  publisher_->OnPublished();
  ReportState(true);
  Advance();
}

void PublishSession::OnOutputEnded(const output::Ended& ended) {
  if (ended_) return;
  if (auto failure = publisher_->OnEnded(ended, Now())) return End(std::move(failure));
  Advance();
}

void PublishSession::OnTransportReady() {
  if (ended_) return;
  logger_.Info("media transport is up");
  transport_ready_ = true;
  batching_.OnTransportReady(Now());
  timeline_.Freeze();
  aligner_.Freeze();
  video_->OnTransportReady(Now());
  parts_.callbacks.on_tracks_up();
}

void PublishSession::OnDemand(const std::vector<bool>& wanted) {
  if (ended_) return;
  video_->OnDemand(wanted, Now());
  ReportWatched();
  OrderBatchInterval();  // pictures that nobody watched were in no hurry
  ReportState(true);
}

void PublishSession::OnAudience(bool present) {
  if (ended_) return;
  audience_ = present;
  video_->OnAudience(present, Now());
  ReportWatched();
  OrderBatchInterval();
  ReportState(true);
}

/// Tells the input whether its media is of use to anybody.
void PublishSession::ReportWatched() {
  const bool watched = audience_ && Watched();
  if (std::exchange(watched_, watched) != watched) parts_.callbacks.on_watched(watched);
}

void PublishSession::UpdateParticipant(std::string name, std::string metadata) {
  output_->SetParticipant(std::move(name), std::move(metadata));
}

}  // namespace ingress::handler
