// How a session gets into its room and publishes there.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cctype>
#include <string_view>
#include <utility>

#include "base/ids.h"
#include "dial/dial.h"
#include "handler/publish_session.h"
#include "net/backoff.h"

namespace ingress::handler {
namespace {

namespace asio = boost::asio;

// A restart of livekit-server takes some seconds, and the encoder is connected already.
constexpr std::chrono::seconds kJoinPatience{20};
// A server that answers with an error of its own knows us; the error seldom passes.
constexpr std::chrono::seconds kRefusalPatience{3};
// How often to look whether tracks may be published without those that are still expected.
constexpr std::chrono::milliseconds kPlanEvery{20};
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

std::uint32_t SumOfBitrates(const std::vector<LayerSpec>& layers) {
  std::uint32_t sum = 0;
  for (const LayerSpec& layer : layers) sum += layer.bitrate;
  return sum;
}

Failure JoinFailure(const Error& error) {
  if (!dial::IsAboutCertificate(error)) return RoomFailure(error);
  // The words say whose certificate it is, and why it is not believed.
  const std::string_view words = error.context;
  return Failure(FailureCode::kRoomCertificateRefused, words.substr(words.find("tls: ") + 5),
                 Traits(FailureCode::kRoomCertificateRefused).remedy);
}

}  // namespace

void PublishSession::MakeRoom() {
  livekit::RoomOptions options{.url = job_.ws_url(),
                               .token = job_.token(),
                               .ca_cert_file = job_.ca_cert_file(),
                               .attributes = {{"ingress.resourceID", job_.resource_id()}},
                               .clock = clock_};
  livekit::Room::Callbacks callbacks{
      .on_key_frame_request =
          [this](std::size_t layer) { video_->RequestKeyFrame(layer, Clock::now()); },
      .on_subscribed_quality =
          [this](const std::map<::livekit::VideoQuality, bool>& enabled) {
            video_->OnSubscribedQuality(enabled);
            Report(true);  // pictures that nobody watched were in no hurry
          },
      .on_audience =
          [this](bool present) {
            video_->OnAudience(present);
            Report(true);
          },
      .on_uplink =
          [this](std::uint32_t bits_per_second) {
            video_->OnUplink(bits_per_second == livekit::Room::kUnlimited
                                 ? std::nullopt
                                 : std::optional(bits_per_second));
          },
      .on_transport_ready = [this] { OnTransportReady(); },
      .on_disconnected =
          [this](const livekit::Disconnect& disconnect) {
            End(DisconnectFailure(disconnect.reason, disconnect.detail));
          },
  };
  room_ = livekit::Room::Make(executor_, std::move(options), std::move(callbacks));
}

asio::awaitable<void> PublishSession::JoinRoom() {
  auto joined = co_await JoinPatiently();
  if (ended_) co_return;
  if (!joined) {
    End(JoinFailure(joined.error()));
    co_return;
  }
  joined_ = std::move(*joined);
  logger_.Info("joined the room",
               {{"roomSID", joined_->room_sid}, {"server", joined_->server_version}});
  const auto& codecs = joined_->publish_codecs;
  const auto takes = [&codecs](std::string_view mime) {
    return codecs.empty() || std::ranges::any_of(codecs, [mime](const std::string& codec) {
             return std::ranges::equal(
                 codec, mime, [](char a, char b) { return std::tolower(a) == std::tolower(b); });
           });
  };
  if (!takes("video/h264")) video_->UseVp8();
  changed_.cancel();
}

asio::awaitable<Result<livekit::Room::Joined>> PublishSession::JoinPatiently() {
  const TimePoint begun = Clock::now();
  net::Backoff backoff(
      {.initial = std::chrono::milliseconds(200), .max = std::chrono::milliseconds(3000)});
  asio::steady_timer pause(executor_);
  while (true) {
    auto joined = co_await room_->Join();
    if (ended_ || joined) co_return joined;
    const ErrorCode code = joined.error().code;
    const bool away = code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout ||
                      code == ErrorCode::kClosed;
    const auto waited = Clock::now() - begun;
    const bool refused = code == ErrorCode::kConflict && waited < kRefusalPatience;
    if (!refused && !(away && waited < kJoinPatience)) co_return joined;
    logger_.Warn("cannot join yet, trying again", {{"error", joined.error()}});
    pause.expires_after(backoff.Next(RandomU32()));
    co_await pause.async_wait(kAwait);
    if (ended_) co_return joined;
  }
}

PublishPlan::Known PublishSession::Known() const {
  PublishPlan::Known known{.video_ready = video_->ready(),
                           .audio_ready = audio_->ready(),
                           .video_expected = {},
                           .audio_expected = {}};
  // Metadata that names one codec and not the other tells which tracks there are; without any it
  // tells nothing.
  if (metadata_ && (!metadata_->video_codec_id.empty() || !metadata_->audio_codec_id.empty())) {
    known.video_expected = !metadata_->video_codec_id.empty();
    known.audio_expected = !metadata_->audio_codec_id.empty();
  }
  return known;
}

asio::awaitable<void> PublishSession::PublishTracks() {
  while (!ended_) {
    if (std::exchange(republish_due_, false)) {
      auto republished = co_await RepublishVideo();
      if (ended_) co_return;
      if (!republished) {
        End(RoomFailure(republished.error()));
        co_return;
      }
      Report(true);
    }
    const PublishPlan::Tracks due =
        joined_ ? plan_.Due(Known(), Clock::now()) : PublishPlan::Tracks{};
    if (!due.any()) {
      changed_.expires_at(plan_.waits() ? Clock::now() + kPlanEvery : TimePoint::max());
      co_await changed_.async_wait(kAwait);
      continue;
    }
    if (due.video) {
      // What is sent first may be out before the answer is known here.
      video_muter_.emplace(InputLossMuter::Options{.layers = video_->layers().size()});
    }
    auto published = co_await Publish(due);
    if (ended_) co_return;
    if (!published) {
      End(RoomFailure(published.error()));
      co_return;
    }
    plan_.OnPublished(due);
    if (due.audio) audio_muter_.emplace(InputLossMuter::Options{});
    Report(true);
  }
}

livekit::VideoTrackOptions PublishSession::VideoTrack() const {
  livekit::VideoTrackOptions video{.name = video_encoding_.name,
                                   .source = video_encoding_.source,
                                   .codec = video_->output_codec(),
                                   .layers = {}};
  for (const LayerSpec& layer : video_->layers()) {
    video.layers.push_back({.quality = layer.quality,
                            .width = layer.width,
                            .height = layer.height,
                            .bitrate = layer.bitrate});
  }
  return video;
}

/// A published track keeps its layers, so a source that has grown gets a new one. Audio goes on.
asio::awaitable<Result<void>> PublishSession::RepublishVideo() {
  const LayerSpec before = video_->layers().back();
  video_->RenewLayers(Clock::now());
  const LayerSpec& now = video_->layers().back();
  logger_.Info("the source has grown, publishing its track anew", {{"widthBefore", before.width},
                                                                   {"heightBefore", before.height},
                                                                   {"width", now.width},
                                                                   {"height", now.height}});
  video_muter_.emplace(InputLossMuter::Options{.layers = video_->layers().size()});
  return room_->ReplaceVideo(VideoTrack());
}

asio::awaitable<Result<void>> PublishSession::Publish(PublishPlan::Tracks tracks) {
  std::optional<livekit::VideoTrackOptions> video;
  std::optional<livekit::AudioTrackOptions> audio;
  if (tracks.video) video = VideoTrack();
  if (tracks.audio) {
    audio.emplace();
    audio->name = audio_encoding_.name;
    audio->source = audio_encoding_.source;
    audio->stereo = audio_encoding_.channels > 1;
    audio->dtx = audio_encoding_.dtx;
    audio->bitrate = audio_encoding_.bitrate;
  }
  logger_.Info("publishing", {{"video", tracks.video},
                              {"audio", tracks.audio},
                              {"videoBitrate", SumOfBitrates(video_->layers())}});
  co_return co_await room_->Publish(std::move(video), std::move(audio));
}

}  // namespace ingress::handler
