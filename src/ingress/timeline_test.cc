#include "ingress/timeline.h"

#include <gtest/gtest.h>

namespace ingress {
namespace {

using namespace std::chrono_literals;
using Kind = Timeline::Kind;

/// Feeds a smooth stream: `count` frames of `step` ms from `timestamp`, arriving as they are due.
SessionTime Feed(Timeline& timeline, Kind kind, std::uint32_t timestamp, int count, int step,
                 SessionTime arrival) {
  SessionTime last{};
  for (int i = 0; i < count; ++i) {
    last = timeline
               .Map(kind, timestamp + static_cast<std::uint32_t>(i * step),
                    arrival + std::chrono::milliseconds(i * step))
               .time;
  }
  return last;
}

TEST(TimelineTest, StartsAtTheArrivalOfTheFirstMessage) {
  Timeline timeline;
  EXPECT_EQ(timeline.Map(Kind::kVideo, 5'000'000, 300ms).time, 300ms);
  EXPECT_EQ(timeline.Map(Kind::kVideo, 5'000'033, 333ms).time, 333ms);
}

TEST(TimelineTest, KeepsAudioAndVideoOnOneClock) {
  Timeline timeline;
  timeline.Map(Kind::kVideo, 1000, 100ms);
  EXPECT_EQ(timeline.Map(Kind::kAudio, 1021, 130ms).time, 121ms);
  EXPECT_EQ(timeline.Map(Kind::kAudio, 990, 131ms).time, 90ms);
}

TEST(TimelineTest, BacklogBeforeFreezeMovesTheOriginToTheLiveEdge) {
  Timeline timeline;
  timeline.Map(Kind::kVideo, 0, 200ms);  // waited 200 ms for its reader
  timeline.Map(Kind::kVideo, 100, 200ms);
  EXPECT_EQ(timeline.Map(Kind::kVideo, 200, 200ms).time, 200ms);
}

TEST(TimelineTest, BurstAfterFreezeIsWorkedOffSlowly) {
  Timeline timeline;
  Feed(timeline, Kind::kVideo, 0, 30, 33, 0ms);
  timeline.Freeze();
  // From here on the encoder is 100 ms nearer than it was at the start.
  const SessionTime first = timeline.Map(Kind::kVideo, 1090, 990ms).time;
  EXPECT_GT(first, 1085ms);
  const SessionTime later = Feed(timeline, Kind::kVideo, 1123, 100, 33, 1023ms);
  EXPECT_EQ(later, 1023ms + 99 * 33ms);
}

TEST(TimelineTest, StallDoesNotShiftTheTimeline) {
  Timeline timeline;
  Feed(timeline, Kind::kVideo, 0, 60, 33, 0ms);
  timeline.Freeze();
  for (std::uint32_t t = 1980; t < 6980; t += 33) timeline.Map(Kind::kVideo, t, 6980ms);
  const SessionTime after = timeline.Map(Kind::kVideo, 7013, 7013ms).time;
  EXPECT_LT(after - 7013ms, 1ms);
  EXPECT_GT(after - 7013ms, -1ms);
}

TEST(TimelineTest, LatenessTellsHowFarTheStreamIsBehind) {
  Timeline timeline;
  Feed(timeline, Kind::kVideo, 0, 60, 33, 0ms);
  timeline.Freeze();
  timeline.Map(Kind::kVideo, 1980, 3980ms);
  EXPECT_NEAR(static_cast<double>(timeline.lateness() / 1ms), 2000, 1);
}

TEST(TimelineTest, WrapAt32BitsGoesOn) {
  Timeline timeline;
  timeline.Map(Kind::kVideo, 0xffffffff - 10, 0ms);
  EXPECT_EQ(timeline.Map(Kind::kVideo, 22, 33ms).time, 33ms);
  EXPECT_EQ(timeline.jumps(), 0U);
}

TEST(TimelineTest, WrapAt31BitsGoesOn) {
  Timeline timeline;
  timeline.Map(Kind::kVideo, 0x7fffffff - 10, 0ms);
  EXPECT_EQ(timeline.Map(Kind::kVideo, 22, 33ms).time, 33ms);
  EXPECT_EQ(timeline.jumps(), 0U);
}

TEST(TimelineTest, BothTracksFollowOneJump) {
  Timeline timeline;
  timeline.Map(Kind::kVideo, 50'000, 0ms);
  timeline.Map(Kind::kAudio, 50'000, 0ms);
  timeline.Map(Kind::kVideo, 50'040, 40ms);
  timeline.Map(Kind::kAudio, 50'042, 42ms);
  // The encoder restarts its clock at zero; video notices first.
  EXPECT_EQ(timeline.Map(Kind::kVideo, 0, 60ms).time, 60ms);
  EXPECT_EQ(timeline.Map(Kind::kAudio, 50'063, 63ms).time, 63ms);  // its last old message
  EXPECT_EQ(timeline.Map(Kind::kAudio, 10, 70ms).time, 70ms);
  EXPECT_EQ(timeline.Map(Kind::kVideo, 40, 100ms).time, 100ms);
  EXPECT_EQ(timeline.jumps(), 1U);
}

TEST(TimelineTest, ForwardJumpIsClosed) {
  Timeline timeline;
  timeline.Map(Kind::kVideo, 0, 0ms);
  timeline.Map(Kind::kVideo, 40, 40ms);
  EXPECT_EQ(timeline.Map(Kind::kVideo, 16'776'920, 80ms).time, 60ms);
}

TEST(TimelineTest, SlowEncoderClockIsFollowed) {
  Timeline timeline;
  SessionTime mapped{};
  SessionTime arrival{};
  for (int i = 0; i < 3600; ++i) {  // 60 s; the encoder's clock loses 1000 ppm
    arrival = std::chrono::microseconds(i * 16'683);
    mapped = timeline.Map(Kind::kVideo, static_cast<std::uint32_t>(i * 16.6667), arrival).time;
    if (i == 10) timeline.Freeze();
  }
  EXPECT_LT(arrival - mapped, 20ms);
}

}  // namespace
}  // namespace ingress
