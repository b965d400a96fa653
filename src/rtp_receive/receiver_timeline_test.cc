// What the session makes of the receiver's times: no delay that stays, whatever clock the sender
// has and whatever the path has done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "rtp_receive/testing/test_world.h"
#include "timing/timeline.h"

namespace ingress::rtp_receive {
namespace {

using ::testing::IsEmpty;
using testing::World;
using testing::WorldOptions;
using namespace std::chrono_literals;

/// A world whose frames are placed on a session's time line.
class Session {
 public:
  explicit Session(const WorldOptions& options) : world(options) {
    world.on_frame = [this](TrackKind kind, const stream::Timestamp& dts, const World::Got& got) {
      const bool audio = kind == TrackKind::kAudio;
      const SessionTime arrival = got.at - World::kStart;
      const Placed placed = timeline.Map(kind, dts, arrival, audio ? 20ms : 0ms);
      Track& track = tracks_[static_cast<std::size_t>(kind)];
      track.dropped += placed.live ? 0 : 1;
      track.ahead = placed.time - (arrival - got.delay);
      if (arrival > 1s) timeline.Freeze();
    };
  }

  /// Where the newest frame was placed, less its capture.
  SessionTime ahead(TrackKind kind) const { return tracks_[static_cast<std::size_t>(kind)].ahead; }
  SessionTime skew() const { return ahead(TrackKind::kVideo) - ahead(TrackKind::kAudio); }
  int dropped(TrackKind kind) const { return tracks_[static_cast<std::size_t>(kind)].dropped; }

  World world;
  Timeline timeline;

 private:
  struct Track {
    SessionTime ahead{};
    int dropped = 0;
  };
  std::array<Track, 2> tracks_;
};

TEST(ReceiverTimelineTest, FollowsTheSendersClockWithoutDelayThatGrows) {
  for (const double fast : {200e-6, -200e-6}) {
    Session session({.packets_each = 1, .fast = fast});
    session.world.Run(10s);
    const SessionTime at_first = session.ahead(TrackKind::kAudio);
    session.world.Run(20min);  // a quarter of a second of drift
    EXPECT_THAT(session.world.faults(), IsEmpty());
    EXPECT_LE(std::chrono::abs(session.ahead(TrackKind::kAudio) - at_first), 30ms);
    EXPECT_LE(std::chrono::abs(session.skew()), 5ms);
    EXPECT_EQ(session.dropped(TrackKind::kAudio) + session.dropped(TrackKind::kVideo), 0);
  }
}

TEST(ReceiverTimelineTest, HasTheDelayOfBeforeAfterAnOutage) {
  Session session({.gop = 60});
  World& world = session.world;
  world.lets_pass = [&world](std::uint32_t, std::uint32_t) {
    return world.now() < World::kStart + 20s || world.now() >= World::kStart + 25s;
  };
  world.Run(20s);
  const SessionTime before = session.ahead(TrackKind::kVideo);
  world.Run(20s);
  EXPECT_THAT(world.faults(), IsEmpty());
  EXPECT_LE(std::chrono::abs(session.ahead(TrackKind::kVideo) - before), 5ms);
  EXPECT_LE(std::chrono::abs(session.skew()), 5ms);
}

TEST(ReceiverTimelineTest, KeepsTheDelayOverALossyPath) {
  Session session({.loss = 0.05, .way = 30ms, .rtx = true});
  session.world.Run(5s);
  const SessionTime before = session.ahead(TrackKind::kVideo);
  session.world.Run(60s);
  EXPECT_THAT(session.world.faults(), IsEmpty());
  EXPECT_LE(session.ahead(TrackKind::kVideo) - before, 10ms);
  EXPECT_LE(std::chrono::abs(session.skew()), 5ms);
  EXPECT_LE(session.dropped(TrackKind::kVideo), 20);  // what a repair brings too late
  EXPECT_LE(session.dropped(TrackKind::kAudio), 20);
}

}  // namespace
}  // namespace ingress::rtp_receive
