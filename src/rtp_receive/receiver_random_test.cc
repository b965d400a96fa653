// Random paths: whatever they do, no picture comes out that would show garbage, audio stays in
// order, the delay is bounded and does not stay, and the stream goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "rtp_receive/audio_stream.h"
#include "rtp_receive/testing/test_world.h"

namespace ingress::rtp_receive {
namespace {

using ::testing::IsEmpty;
using testing::World;
using testing::WorldOptions;
using namespace std::chrono_literals;

WorldOptions RandomOptions(std::mt19937& random) {
  const auto below = [&random](int limit) {
    return static_cast<int>(random() % static_cast<unsigned>(limit));
  };
  return {.loss = below(4) == 0 ? 0 : below(100) / 1'000.0,
          .back_loss = below(2) == 0 ? 0 : below(100) / 1'000.0,
          .duplicates = below(3) == 0 ? 0.05 : 0,
          .way = std::chrono::milliseconds(1 + below(100)),
          .jitter = std::chrono::milliseconds(below(2) == 0 ? 0 : below(40)),
          .audio = below(4) != 0,
          .nack = below(5) != 0,
          .rtx = below(2) == 0,
          .pli = below(4) != 0,
          .answers_pli = below(3) != 0,
          .reduced_size = below(2) == 0,
          .transport_feedback = below(2) == 0,
          .gop = 30 + below(90),
          .packets_each = static_cast<std::size_t>(1 + below(12)),
          .audio_late = std::chrono::milliseconds(below(80)),
          .reports = below(4) != 0,
          .fast = (below(400) - 200) * 1e-6,
          .seed = static_cast<unsigned>(random())};
}

TEST(ReceiverRandomTest, NeverGivesAPictureThatLacksSomething) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    const WorldOptions options = RandomOptions(random);
    World world(options);
    world.Run(20s);
    // The path gets well, and everything is as if it had never been ill.
    world.options.loss = world.options.back_loss = world.options.duplicates = 0;
    world.options.jitter = 0ms;
    world.Run(10s);
    ASSERT_THAT(world.faults(), IsEmpty()) << "seed " << seed;
    ASSERT_FALSE(world.video().empty()) << "seed " << seed;
    const auto behind = world.pictures_sent() - world.video().back().number;
    EXPECT_LE(behind, 2U + static_cast<unsigned>(options.way / 33ms)) << "seed " << seed;
    EXPECT_LE(world.video().back().delay, options.way + 1ms) << "seed " << seed;
    for (const auto& one : world.video()) {
      EXPECT_LE(one.delay, options.way + options.jitter + RepairTime::kMaxHold + 100ms)
          << "seed " << seed;
    }
    for (const auto& one : world.audio()) {
      // Several in a row may be lost before one shows that.
      EXPECT_LE(one.delay, options.way + 2 * options.jitter + 100ms + AudioStream::kMaxHold)
          << "seed " << seed;
    }
    EXPECT_EQ(world.Stats(TrackKind::kVideo).frames, world.video().size()) << "seed " << seed;
  }
}

/// How long viewers see no new picture, in all, beyond the distance of pictures.
Clock::duration Frozen(const World& world) {
  Clock::duration frozen{};
  for (std::size_t i = 1; i < world.video().size(); ++i) {
    const auto gap = world.video()[i].at - world.video()[i - 1].at;
    if (gap > 200ms) frozen += gap - 33ms;
  }
  return frozen;
}

TEST(ReceiverRandomTest, KeepsThePictureOverFivePercentLossAndSixtyMillisecondsOfRoundTrip) {
  World with({.loss = 0.05, .way = 30ms, .rtx = true});
  with.Run(60s);
  EXPECT_THAT(with.faults(), IsEmpty());
  World without({.loss = 0.05, .way = 30ms, .nack = false});
  without.Run(60s);
  EXPECT_LT(Frozen(with), Frozen(without) / 2);
  EXPECT_LT(Frozen(with), 3s);
}

}  // namespace
}  // namespace ingress::rtp_receive
