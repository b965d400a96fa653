#include "livekit/publication.h"

#include <utility>

#include "livekit/track_request.h"

namespace ingress::livekit {
namespace {

constexpr std::uint32_t kTypicalAudioBitrate = 128'000;

SenderStats StatsOf(const rtc::PeerConnection& connection, std::size_t section, std::size_t layer) {
  const rtp::SenderStats stats = connection.stats(section, layer);
  return {.ssrc = connection.ssrc(section, layer),
          .packets = stats.packets,
          .octets = stats.octets,
          .retransmitted = stats.retransmitted,
          .key_frame_requests = stats.pli + stats.fir,
          .fraction_lost = stats.fraction_lost,
          .round_trip = std::chrono::duration_cast<std::chrono::milliseconds>(stats.round_trip)};
}

void ChangeMute(Publication& publication, bool muted, const TellMute& tell_mute) {
  if (publication.muted == muted) return;
  const bool silent_before = publication.silent();
  publication.muted = muted;
  if (publication.silent() == silent_before) return;
  publication.mute_used = true;
  tell_mute(publication);
}

}  // namespace

void Publication::Reset() {
  section = 0;
  offer_id = 0;
  answered = false;
  published = false;
}

PublishedVideo::PublishedVideo(VideoTrackOptions options, std::string cid,
                               const ConnectionSlot& connection, TellMute tell_mute)
    : options_(std::move(options)), connection_(connection), tell_mute_(std::move(tell_mute)) {
  publication.request = VideoTrackRequest(options_, std::move(cid));
}

void PublishedVideo::Send(std::size_t layer, const EncodedFrame& frame) {
  if (connection_ && publication.answered && layer < options_.layers.size()) {
    connection_->Send(publication.section, layer, frame);
  }
}

void PublishedVideo::SetRtpOffset(std::size_t layer, SessionTime offset) {
  if (connection_ && publication.answered && layer < options_.layers.size()) {
    connection_->SetRtpOffset(publication.section, layer, offset);
  }
}

void PublishedVideo::SetMuted(bool muted) { ChangeMute(publication, muted, tell_mute_); }

void PublishedVideo::RenewLayers() {
  // livekit-server 1.13.5 restarts a track's layer trackers at every mute state it is told, also
  // at one that it has already, of which nobody else hears.
  if (!publication.silent()) tell_mute_(publication);
}

std::vector<SenderStats> PublishedVideo::stats() const {
  std::vector<SenderStats> out(options_.layers.size());
  if (!connection_ || !publication.answered) return out;
  for (std::size_t layer = 0; layer < out.size(); ++layer) {
    out[layer] = StatsOf(*connection_, publication.section, layer);
  }
  return out;
}

std::size_t PublishedVideo::AddTo(rtc::PeerConnection& connection,
                                  const std::string& stream_id) const {
  std::uint32_t bitrate = 0;
  for (const VideoLayer& layer : options_.layers) bitrate += layer.bitrate;
  return connection.AddVideo({.stream_id = stream_id,
                              .track_id = publication.request.cid(),
                              .codec = options_.codec,
                              .rids = RidsFor(options_.layers.size()),
                              .bitrate = bitrate});
}

PublishedAudio::PublishedAudio(AudioTrackOptions options, std::string cid,
                               const ConnectionSlot& connection, TellMute tell_mute)
    : options_(std::move(options)), connection_(connection), tell_mute_(std::move(tell_mute)) {
  publication.request = AudioTrackRequest(options_, std::move(cid));
}

void PublishedAudio::Send(const EncodedFrame& frame, int level_dbov) {
  if (connection_ && publication.answered) {
    connection_->Send(publication.section, 0, frame, level_dbov);
  }
}

void PublishedAudio::SetRtpOffset(SessionTime offset) {
  if (connection_ && publication.answered) {
    connection_->SetRtpOffset(publication.section, 0, offset);
  }
}

void PublishedAudio::SetMuted(bool muted) { ChangeMute(publication, muted, tell_mute_); }

SenderStats PublishedAudio::stats() const {
  if (!connection_ || !publication.answered) return {};
  return StatsOf(*connection_, publication.section, 0);
}

std::size_t PublishedAudio::AddTo(rtc::PeerConnection& connection,
                                  const std::string& stream_id) const {
  return connection.AddAudio(
      {.stream_id = stream_id,
       .track_id = publication.request.cid(),
       .stereo = options_.stereo,
       .bitrate = options_.bitrate != 0 ? options_.bitrate : kTypicalAudioBitrate});
}

}  // namespace ingress::livekit
