#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "livekit/room.h"

namespace ingress::livekit {

/// A room that answers at once what a test has laid ready, and keeps what it is given.
class FakeRoom final : public Room {
 public:
  struct FakeVideo final : VideoTrack {
    const ::livekit::TrackInfo& info() const override { return track_info; }
    void Send(std::size_t layer, const EncodedFrame& frame) override {
      sent.emplace_back(layer, frame.pts);
    }
    void SetRtpOffset(std::size_t layer, SessionTime offset) override {
      offsets.emplace_back(layer, offset);
    }
    void SetMuted(bool is_muted) override { muted = is_muted; }
    void RenewLayers() override { ++renewals; }
    std::vector<SenderStats> stats() const override { return counters; }

    VideoTrackOptions options;
    ::livekit::TrackInfo track_info;
    std::vector<std::pair<std::size_t, SessionTime>> sent;
    std::vector<std::pair<std::size_t, SessionTime>> offsets;
    std::vector<SenderStats> counters;
    bool muted = false;
    int renewals = 0;
  };
  struct FakeAudio final : AudioTrack {
    const ::livekit::TrackInfo& info() const override { return track_info; }
    void Send(const EncodedFrame& frame, int level_dbov) override {
      sent.emplace_back(frame.pts, level_dbov);
    }
    void SetRtpOffset(SessionTime new_offset) override { offset = new_offset; }
    void SetMuted(bool is_muted) override { muted = is_muted; }
    SenderStats stats() const override { return counters; }

    AudioTrackOptions options;
    ::livekit::TrackInfo track_info;
    std::vector<std::pair<SessionTime, int>> sent;
    SessionTime offset{};
    SenderStats counters;
    bool muted = false;
  };

  FakeRoom(RoomOptions room_options, Callbacks room_callbacks)
      : options(std::move(room_options)), callbacks(std::move(room_callbacks)) {}

  boost::asio::awaitable<Result<Joined>> Join() override {
    if (join_result) joined_session = *join_result;
    co_return join_result;
  }
  boost::asio::awaitable<Result<void>> Publish(std::optional<VideoTrackOptions> video,
                                               std::optional<AudioTrackOptions> audio) override {
    if (publish_result && video) Take(std::move(*video));
    if (publish_result && audio) {
      audio_track = std::make_unique<FakeAudio>();
      audio_track->options = std::move(*audio);
    }
    co_return publish_result;
  }
  boost::asio::awaitable<Result<void>> ReplaceVideo(VideoTrackOptions video) override {
    if (publish_result) Take(std::move(video));
    co_return publish_result;
  }
  FakeVideo* video() override { return video_track.get(); }
  FakeAudio* audio() override { return audio_track.get(); }
  void BeginBatch() override { ++batches; }
  void EndBatch() override {}
  Refused refused() const override { return refused_packets; }
  const Joined& joined() const override { return joined_session; }
  void SetParticipant(std::string name, std::string metadata) override {
    participant = {std::move(name), std::move(metadata)};
  }
  boost::asio::awaitable<void> Leave() override {
    left = true;
    co_return;
  }

  RoomOptions options;
  Callbacks callbacks;
  Result<Joined> join_result = Joined{.room_sid = "RM_1",
                                      .room_name = "stage",
                                      .participant_sid = "PA_1",
                                      .server_version = "1.13.5",
                                      .publish_codecs = {"video/H264", "audio/opus"}};
  Result<void> publish_result{};
  Joined joined_session;
  std::unique_ptr<FakeVideo> video_track;
  std::unique_ptr<FakeAudio> audio_track;
  std::pair<std::string, std::string> participant;
  Refused refused_packets;
  int batches = 0;
  bool left = false;

 private:
  void Take(VideoTrackOptions video) {
    video_track = std::make_unique<FakeVideo>();
    video_track->options = std::move(video);
  }
};

}  // namespace ingress::livekit
