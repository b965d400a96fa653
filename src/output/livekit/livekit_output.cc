#include "output/livekit/livekit_output.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <string_view>
#include <utility>

#include "livekit/track_request.h"
#include "output/livekit/wanted_layers.h"

namespace ingress::output {
namespace {

namespace asio = boost::asio;

Retry RetryAfter(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
    case ErrorCode::kClosed:
      return Retry::kWhileAway;
    case ErrorCode::kConflict:
      return Retry::kBriefly;
    default:
      return Retry::kNever;
  }
}

SenderStats Convert(const livekit::SenderStats& stats) {
  return {.packets = stats.packets,
          .octets = stats.octets,
          .retransmitted = stats.retransmitted,
          .key_frame_requests = stats.key_frame_requests,
          .fraction_lost = stats.fraction_lost};
}

}  // namespace

LiveKitOutput::LiveKitOutput(asio::any_io_executor executor, Options options, Callbacks callbacks,
                             const MakeRoom& make_room)
    : options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      executor_(executor),
      tasks_(executor),
      room_(make_room(std::move(executor), std::move(options_.room), RoomCallbacks())) {}

livekit::Room::Callbacks LiveKitOutput::RoomCallbacks() {
  return {
      .on_key_frame_request = callbacks_.on_key_frame_request,
      .on_subscribed_quality =
          [this](const std::map<::livekit::VideoQuality, bool>& enabled) {
            callbacks_.on_demand(WantedLayers(layers_, enabled));
          },
      .on_audience = callbacks_.on_audience,
      .on_uplink =
          [this](std::uint32_t bits_per_second) {
            callbacks_.on_uplink(bits_per_second == livekit::Room::kUnlimited
                                     ? std::nullopt
                                     : std::optional(bits_per_second));
          },
      .on_transport_ready = callbacks_.on_transport_ready,
      .on_disconnected =
          [this](const livekit::Disconnect& disconnect) {
            End({.failure = DisconnectFailure(disconnect.reason, disconnect.detail),
                 .retry = disconnect.retryable ? Retry::kWhileAway : Retry::kNever});
          },
  };
}

void LiveKitOutput::End(const Ended& ended) {
  if (!leaving_) callbacks_.on_ended(ended);
}

void LiveKitOutput::Join() { tasks_.Spawn(JoinRoom()); }

asio::awaitable<void> LiveKitOutput::JoinRoom() {
  auto joined = co_await room_->Join();
  if (leaving_) co_return;
  if (!joined) {
    const Error& error = joined.error();
    End({.failure = RoomFailure(error), .retry = RetryAfter(error.code)});
    co_return;
  }
  callbacks_.on_joined();
}

livekit::VideoTrackOptions LiveKitOutput::TrackOptions(VideoTrack video) {
  livekit::VideoTrackOptions track{.name = options_.video_name,
                                   .source = options_.video_source,
                                   .codec = video.codec,
                                   .layers = {}};
  layers_ = std::move(video.layers);
  for (const LayerSpec& layer : layers_) {
    track.layers.push_back({.quality = ToLiveKit(layer.quality),
                            .width = layer.width,
                            .height = layer.height,
                            .bitrate = layer.bitrate});
  }
  return track;
}

void LiveKitOutput::Publish(std::optional<VideoTrack> video, std::optional<AudioTrack> audio) {
  std::optional<livekit::VideoTrackOptions> video_track;
  std::optional<livekit::AudioTrackOptions> audio_track;
  if (video) video_track = TrackOptions(std::move(*video));
  if (audio) {
    audio_track = livekit::AudioTrackOptions{.name = options_.audio_name,
                                             .source = options_.audio_source,
                                             .stereo = audio->stereo,
                                             .dtx = audio->dtx,
                                             .bitrate = audio->bitrate};
  }
  tasks_.Spawn(PublishTracks(std::move(video_track), std::move(audio_track)));
}

asio::awaitable<void> LiveKitOutput::PublishTracks(
    std::optional<livekit::VideoTrackOptions> video,
    std::optional<livekit::AudioTrackOptions> audio) {
  Conclude(co_await room_->Publish(std::move(video), std::move(audio)));
}

void LiveKitOutput::ReplaceVideo(VideoTrack video) {
  tasks_.Spawn(ReplaceTrack(TrackOptions(std::move(video))));
}

asio::awaitable<void> LiveKitOutput::ReplaceTrack(livekit::VideoTrackOptions video) {
  Conclude(co_await room_->ReplaceVideo(std::move(video)));
}

void LiveKitOutput::Conclude(const Result<void>& published) {
  if (leaving_) return;
  if (!published) return End({.failure = RoomFailure(published.error())});
  callbacks_.on_published();
}

void LiveKitOutput::Leave() {
  leaving_ = true;
  // Not one of tasks_, because it waits for them.
  asio::co_spawn(executor_, LeaveRoom(),
                 [on_left = callbacks_.on_left](const std::exception_ptr& error) {
                   if (error) std::rethrow_exception(error);
                   on_left();
                 });
}

asio::awaitable<void> LiveKitOutput::LeaveRoom() {
  co_await room_->Leave();
  co_await tasks_.Join();
}

void LiveKitOutput::SendVideo(std::size_t layer, const EncodedFrame& frame,
                              SessionTime rtp_offset) {
  if (room_->video() == nullptr) return;
  room_->video()->SetRtpOffset(layer, rtp_offset);
  room_->video()->Send(layer, frame);
}

void LiveKitOutput::SendAudio(const EncodedFrame& packet, int level_dbov, SessionTime rtp_offset) {
  if (room_->audio() == nullptr) return;
  room_->audio()->SetRtpOffset(rtp_offset);
  room_->audio()->Send(packet, level_dbov);
}

void LiveKitOutput::SetVideoMuted(bool muted) {
  if (room_->video() != nullptr) room_->video()->SetMuted(muted);
}

void LiveKitOutput::SetAudioMuted(bool muted) {
  if (room_->audio() != nullptr) room_->audio()->SetMuted(muted);
}

void LiveKitOutput::RenewLayers() {
  if (room_->video() != nullptr) room_->video()->RenewLayers();
}

void LiveKitOutput::SetParticipant(std::string name, std::string metadata) {
  room_->SetParticipant(std::move(name), std::move(metadata));
}

Joined LiveKitOutput::joined() const {
  const livekit::Room::Joined& joined = room_->joined();
  return {.session_id = joined.room_sid,
          .server = joined.server_version,
          .takes_h264 =
              livekit::TakesCodec(joined.publish_codecs, livekit::MimeTypeOf(VideoCodec::kH264))};
}

Stats LiveKitOutput::stats() const {
  Stats stats;
  if (room_->video() != nullptr) {
    for (const livekit::SenderStats& layer : room_->video()->stats()) {
      stats.layers.push_back(Convert(layer));
    }
  }
  if (room_->audio() != nullptr) stats.audio = Convert(room_->audio()->stats());
  const livekit::Room::Refused refused = room_->refused();
  stats.refused = refused.packets;
  stats.why_refused = refused.why;
  return stats;
}

std::vector<::livekit::TrackInfo> LiveKitOutput::tracks() const {
  std::vector<::livekit::TrackInfo> tracks;
  for (const ::livekit::TrackInfo* info :
       {room_->video() != nullptr ? &room_->video()->info() : nullptr,
        room_->audio() != nullptr ? &room_->audio()->info() : nullptr}) {
    if (info != nullptr && !info->sid().empty()) tracks.push_back(*info);
  }
  return tracks;
}

}  // namespace ingress::output
