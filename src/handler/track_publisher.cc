#include "handler/track_publisher.h"

#include <algorithm>
#include <utility>

namespace ingress::handler {
namespace {

std::uint32_t SumOfBitrates(const std::vector<LayerSpec>& layers) {
  std::uint32_t sum = 0;
  for (const LayerSpec& layer : layers) sum += layer.bitrate;
  return sum;
}

}  // namespace

void TrackPublisher::Join(TimePoint now) {
  retry_.Begin(now);
  parts_.output.Join();
}

void TrackPublisher::OnJoined(TimePoint now) {
  joined_ = true;
  const output::Joined joined = parts_.output.joined();
  logger_.Info("joined the room", {{"roomSID", joined.session_id}, {"server", joined.server}});
  if (!joined.takes_h264) parts_.video.UseVp8(now);
}

std::optional<Failure> TrackPublisher::OnEnded(const output::Ended& ended, TimePoint now) {
  if (joined_ || !retry_.OnFailed(ended.retry, parts_.random(), now)) return ended.failure;
  logger_.Warn("cannot join yet, trying again", {{"error", ended.failure.cause()}});
  return std::nullopt;
}

void TrackPublisher::OnPublished() {
  under_way_ = false;
  plan_.OnPublished(publishing_);
  if (publishing_.audio) parts_.muting.OnAudioPublished();
  publishing_ = {};
}

void TrackPublisher::Expect(std::optional<bool> video, std::optional<bool> audio) {
  known_.video_expected = video;
  known_.audio_expected = audio;
}

void TrackPublisher::Advance(TimePoint now) {
  if (retry_.Due(now)) parts_.output.Join();
  if (!joined_ || under_way_) return;
  if (std::exchange(replacement_due_, false)) return ReplaceVideo(now);
  known_.video_ready = parts_.video.ready();
  known_.audio_ready = parts_.audio.ready();
  const PublishPlan::Tracks due = plan_.Due(known_, now);
  if (due.any()) Publish(due);
}

std::optional<TimePoint> TrackPublisher::deadline() const {
  if (!joined_) return retry_.deadline();
  return under_way_ ? std::nullopt : plan_.deadline();
}

output::VideoTrack TrackPublisher::VideoTrack() const {
  return {.codec = parts_.video.output_codec(), .layers = parts_.video.layers()};
}

void TrackPublisher::Publish(const PublishPlan::Tracks& tracks) {
  under_way_ = true;
  publishing_ = tracks;
  std::optional<output::VideoTrack> video;
  if (tracks.video) {
    video = VideoTrack();
    // What is sent first may be out before the answer is known here.
    parts_.muting.OnVideoPublished(video->layers.size());
  }
  logger_.Info("publishing", {{"video", tracks.video},
                              {"audio", tracks.audio},
                              {"videoBitrate", SumOfBitrates(parts_.video.layers())}});
  parts_.output.Publish(std::move(video),
                        tracks.audio ? std::optional(parts_.audio_track) : std::nullopt);
}

/// A published track keeps its layers, so a source that has grown gets a new one. Audio goes on.
void TrackPublisher::ReplaceVideo(TimePoint now) {
  under_way_ = true;
  const LayerSpec before = parts_.video.layers().back();
  parts_.video.RenewLayers(now);
  const LayerSpec& top = parts_.video.layers().back();
  logger_.Info("the source has grown, publishing its track anew", {{"widthBefore", before.width},
                                                                   {"heightBefore", before.height},
                                                                   {"width", top.width},
                                                                   {"height", top.height}});
  parts_.muting.OnVideoPublished(parts_.video.layers().size());
  parts_.output.ReplaceVideo(VideoTrack());
}

}  // namespace ingress::handler
