#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "livekit/room.h"
#include "net/task_scope.h"
#include "output/output.h"

namespace ingress::output {

/// The output that is a LiveKit room: one participant that only publishes.
///
/// The room mends lost connections by itself; what it cannot mend ends the output. Confined to
/// `executor`. Await on_left before destruction, unless Join() was never called.
class LiveKitOutput final : public Output {
 public:
  struct Options {
    livekit::RoomOptions room;
    std::string video_name{};
    ::livekit::TrackSource video_source = ::livekit::CAMERA;
    std::string audio_name{};
    ::livekit::TrackSource audio_source = ::livekit::MICROPHONE;
  };
  using MakeRoom = std::function<std::unique_ptr<livekit::Room>(
      boost::asio::any_io_executor executor, livekit::RoomOptions options,
      livekit::Room::Callbacks callbacks)>;

  LiveKitOutput(boost::asio::any_io_executor executor, Options options, Callbacks callbacks,
                const MakeRoom& make_room = &livekit::Room::Make);

  void Join() override;
  void Publish(std::optional<VideoTrack> video, std::optional<AudioTrack> audio) override;
  void ReplaceVideo(VideoTrack video) override;
  void Leave() override;
  void SendVideo(std::size_t layer, const EncodedFrame& frame, SessionTime rtp_offset) override;
  void SendAudio(const EncodedFrame& packet, int level_dbov, SessionTime rtp_offset) override;
  void BeginBatch() override { room_->BeginBatch(); }
  void EndBatch() override { room_->EndBatch(); }
  void SetVideoMuted(bool muted) override;
  void SetAudioMuted(bool muted) override;
  void RenewLayers() override;
  void SetParticipant(std::string name, std::string metadata) override;
  bool has_video() const override { return room_->video() != nullptr; }
  bool has_audio() const override { return room_->audio() != nullptr; }
  Joined joined() const override;
  Stats stats() const override;

  /// The published tracks as the server names them; those that it has not named yet are left out.
  std::vector<::livekit::TrackInfo> tracks() const;

 private:
  livekit::Room::Callbacks RoomCallbacks();
  boost::asio::awaitable<void> JoinRoom();
  boost::asio::awaitable<void> PublishTracks(std::optional<livekit::VideoTrackOptions> video,
                                             std::optional<livekit::AudioTrackOptions> audio);
  boost::asio::awaitable<void> ReplaceTrack(livekit::VideoTrackOptions video);
  boost::asio::awaitable<void> LeaveRoom();
  livekit::VideoTrackOptions TrackOptions(VideoTrack video);
  void Conclude(const Result<void>& published);
  void End(const Ended& ended);

  Options options_;
  Callbacks callbacks_;
  boost::asio::any_io_executor executor_;
  net::TaskScope tasks_;
  std::unique_ptr<livekit::Room> room_;
  std::vector<LayerSpec> layers_;  // of the video track
  bool leaving_ = false;
};

}  // namespace ingress::output
