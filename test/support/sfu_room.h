#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "livekit/room.h"
#include "support/sfu_run_until.h"
#include "support/sfu_server.h"
#include "token/access_token.h"

namespace ingress::livekit {

inline std::string Token() {
  return token::MakeAccessToken("devkey", "devsecret-devsecret-devsecret-00",
                                {.room = "stage", .identity = "cam"}, WallClock::now())
      .value();
}

inline VideoTrackOptions ThreeLayers() {
  return {.name = "cam",
          .layers = {{::livekit::LOW, 320, 180, 250'000},
                     {::livekit::MEDIUM, 640, 360, 700'000},
                     {::livekit::HIGH, 1280, 720, 2'000'000}}};
}

inline AudioTrackOptions Stereo() { return {.name = "mic", .bitrate = 96'000}; }

/// A room of a server within the test, and what the room has said.
class RoomTest : public testing::Test {
 protected:
  ~RoomTest() override {
    room_.reset();
    io_.restart();
    io_.poll();  // what the room and the server still have to say
  }

  void MakeRoom() {
    room_ = Room::Make(
        io_.get_executor(),
        {.url = sfu_.url(), .token = token_, .attributes = {{"key", "value"}}, .clock = clock_},
        {.on_key_frame_request = [this](std::size_t layer) { requested_layers_.push_back(layer); },
         .on_subscribed_quality = [this](const auto& enabled) { enabled_ = enabled; },
         .on_audience = [this](bool present) { OnAudience(present); },
         .on_uplink = [this](std::uint32_t bitrate) { uplink_.push_back(bitrate); },
         .on_transport_ready = [this] { ++ready_; },
         .on_disconnected = [this](Disconnect end) { end_ = std::move(end); }});
  }

  /// Runs a coroutine of the room to its end.
  template <typename T>
  T Run(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      result = std::move(value);
    });
    EXPECT_TRUE(test::RunUntil(io_, [&] { return result.has_value(); }));
    return std::move(*result);
  }

  void Run(boost::asio::awaitable<void> task) {
    bool done = false;
    boost::asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
      done = true;
    });
    EXPECT_TRUE(test::RunUntil(io_, [&] { return done; }));
  }

  template <typename Done>
  void Await(Done done) {
    ASSERT_TRUE(test::RunUntil(io_, done)) << "waited in vain";
  }

  /// Asks all that a report asks, in the middle of whatever the room does.
  void OnAudience(bool present) {
    audience_.push_back(present);
    if (room_ && room_->video() != nullptr) room_->video()->stats();
    if (room_ && room_->audio() != nullptr) room_->audio()->stats();
  }

  void Join() {
    MakeRoom();
    const auto joined = Run(room_->Join());
    ASSERT_TRUE(joined.has_value()) << joined.error().context;
  }

  void Publish(std::optional<VideoTrackOptions> video, std::optional<AudioTrackOptions> audio) {
    const auto published = Run(room_->Publish(std::move(video), std::move(audio)));
    ASSERT_TRUE(published.has_value()) << published.error().context;
  }

  void JoinAndPublish() {
    Join();
    Publish(ThreeLayers(), Stereo());
    Await([this] { return ready_ == 1 && sfu_.peer()->connected(); });
  }

  void SendKeyFrame(std::size_t layer) {
    EncodedFrame frame;
    frame.payload = {0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 1, 0x65, 0x88, 0x80};
    frame.pts = clock_.At(Clock::now());
    frame.key_frame = true;
    room_->video()->Send(layer, frame);
  }

  /// The mute requests so far, as "<sid> <muted>".
  std::vector<std::string> Mutes() const {
    std::vector<std::string> out;
    for (const auto& request : sfu_.requests) {
      if (!request.has_mute()) continue;
      out.push_back(request.mute().sid() + (request.mute().muted() ? " muted" : " live"));
    }
    return out;
  }

  boost::asio::io_context io_{1};
  SessionClock clock_{Clock::now(), WallClock::now()};
  std::string token_ = Token();
  test::SfuServer sfu_{io_};
  std::unique_ptr<Room> room_;
  int ready_ = 0;
  std::vector<std::size_t> requested_layers_;
  std::map<::livekit::VideoQuality, bool> enabled_;
  std::vector<bool> audience_;
  std::vector<std::uint32_t> uplink_;
  std::optional<Disconnect> end_;
};

}  // namespace ingress::livekit
