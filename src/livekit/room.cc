#include "livekit/room.h"

#include <utility>

#include "livekit/room_core.h"

namespace ingress::livekit {
namespace {

/// Ends the session when its owner lets go of it without a Leave().
class RoomHandle final : public Room {
 public:
  explicit RoomHandle(std::shared_ptr<RoomCore> core) : core_(std::move(core)) {}
  ~RoomHandle() override { core_->Abandon(); }
  RoomHandle(const RoomHandle&) = delete;
  RoomHandle& operator=(const RoomHandle&) = delete;

  boost::asio::awaitable<Result<Joined>> Join() override { return core_->Join(); }

  boost::asio::awaitable<Result<void>> Publish(std::optional<VideoTrackOptions> video,
                                               std::optional<AudioTrackOptions> audio) override {
    return core_->Publish(std::move(video), std::move(audio));
  }

  boost::asio::awaitable<Result<void>> ReplaceVideo(VideoTrackOptions video) override {
    return core_->ReplaceVideo(std::move(video));
  }

  VideoTrack* video() override { return core_->video(); }
  AudioTrack* audio() override { return core_->audio(); }

  void BeginBatch() override { core_->BeginBatch(); }
  void EndBatch() override { core_->EndBatch(); }
  Refused refused() const override { return core_->refused(); }

  const Joined& joined() const override { return core_->joined(); }

  void SetParticipant(std::string name, std::string metadata) override {
    core_->SetParticipant(std::move(name), std::move(metadata));
  }

  boost::asio::awaitable<void> Leave() override { return core_->Leave(); }

 private:
  std::shared_ptr<RoomCore> core_;
};

}  // namespace

std::unique_ptr<Room> Room::Make(boost::asio::any_io_executor executor, RoomOptions options,
                                 Callbacks callbacks) {
  return std::make_unique<RoomHandle>(
      std::make_shared<RoomCore>(std::move(executor), std::move(options), std::move(callbacks)));
}

}  // namespace ingress::livekit
