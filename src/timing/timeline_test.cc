#include "timing/timeline.h"

#include <gtest/gtest.h>

#include "stream/testing/timestamps.h"

namespace ingress {
namespace {

using namespace std::chrono_literals;
using Kind = Timeline::Kind;
using stream::AtMs;

/// Feeds a smooth stream: `count` frames of `step` ms from `timestamp`, arriving as they are due.
SessionTime Feed(Timeline& timeline, Kind kind, std::uint32_t timestamp, int count, int step,
                 SessionTime arrival) {
  SessionTime last{};
  for (int i = 0; i < count; ++i) {
    last = timeline
               .Map(kind, AtMs(timestamp + static_cast<std::uint32_t>(i * step)),
                    arrival + std::chrono::milliseconds(i * step))
               .time;
  }
  return last;
}

TEST(TimelineTest, StartsAtTheArrivalOfTheFirstMessage) {
  Timeline timeline;
  EXPECT_EQ(timeline.Map(Kind::kVideo, AtMs(5'000'000), 300ms).time, 300ms);
  EXPECT_EQ(timeline.Map(Kind::kVideo, AtMs(5'000'033), 333ms).time, 333ms);
}

TEST(TimelineTest, PlacesAnotherLayerBesideTheLeadingOne) {
  Timeline timeline;
  const auto beside = [&](std::uint32_t timestamp, SessionTime arrival) {
    return timeline.PlaceByNewest(Kind::kVideo, AtMs(timestamp), arrival);
  };
  EXPECT_FALSE(beside(1000, 100ms)) << "nothing leads yet";
  timeline.Map(Kind::kVideo, AtMs(1000), 100ms);
  EXPECT_EQ(beside(1005, 106ms)->time, 105ms);
  EXPECT_EQ(beside(990, 106ms)->time, 90ms);
  EXPECT_FALSE(beside(4000, 3100ms)) << "too far to have to do with it";
  EXPECT_FALSE(
      timeline.PlaceByNewest(Kind::kVideo, {.ticks = 90'000, .clock = {.rate = 90'000}}, 100ms));
  EXPECT_FALSE(timeline.PlaceByNewest(Kind::kAudio, AtMs(1005), 105ms));
  EXPECT_EQ(timeline.Map(Kind::kVideo, AtMs(1033), 133ms).time, 133ms) << "it has changed nothing";
}

TEST(TimelineTest, ALayerIsAsLiveAsItComesItself) {
  Timeline timeline;
  Feed(timeline, Kind::kVideo, 0, 30, 33, 0ms);
  timeline.Freeze();
  ASSERT_FALSE(timeline.Map(Kind::kVideo, AtMs(990), 1700ms).live) << "the leading one is late";
  EXPECT_TRUE(timeline.PlaceByNewest(Kind::kVideo, AtMs(990), 995ms)->live);
  EXPECT_FALSE(timeline.PlaceByNewest(Kind::kVideo, AtMs(990), 1700ms)->live);
}

TEST(TimelineTest, KeepsAudioAndVideoOnOneClock) {
  Timeline timeline;
  timeline.Map(Kind::kVideo, AtMs(1000), 100ms);
  EXPECT_EQ(timeline.Map(Kind::kAudio, AtMs(990), 130ms).time, 90ms);
  EXPECT_EQ(timeline.Map(Kind::kAudio, AtMs(1021), 131ms).time, 121ms);
}

TEST(TimelineTest, BacklogBeforeFreezeMovesTheOriginToTheLiveEdge) {
  Timeline timeline;
  EXPECT_TRUE(timeline.Map(Kind::kVideo, AtMs(0), 200ms).live);  // waited 200 ms for its reader
  EXPECT_FALSE(timeline.Map(Kind::kVideo, AtMs(100), 200ms).live);
  EXPECT_EQ(timeline.Map(Kind::kVideo, AtMs(200), 200ms).time, 200ms);
  const Placed next = timeline.Map(Kind::kVideo, AtMs(233), 233ms);
  EXPECT_EQ(next.time, 233ms);
  EXPECT_TRUE(next.live);
}

TEST(TimelineTest, SmallBurstAfterFreezeIsWorkedOffSlowly) {
  Timeline timeline;
  Feed(timeline, Kind::kVideo, 0, 30, 33, 0ms);
  timeline.Freeze();
  // From here on the encoder is 100 ms nearer than it was at the start.
  const Placed first = timeline.Map(Kind::kVideo, AtMs(1090), 990ms);
  EXPECT_GT(first.time, 1085ms);
  EXPECT_TRUE(first.live);
  const SessionTime later = Feed(timeline, Kind::kVideo, 1123, 100, 33, 1023ms);
  EXPECT_EQ(later, 1023ms + 99 * 33ms);
}

TEST(TimelineTest, StallDoesNotShiftTheTimeline) {
  Timeline timeline;
  Feed(timeline, Kind::kVideo, 0, 60, 33, 0ms);
  timeline.Freeze();
  for (std::uint32_t t = 1980; t < 6980; t += 33) {
    EXPECT_EQ(timeline.Map(Kind::kVideo, AtMs(t), 6980ms).live, t >= 6920) << t;
  }
  const SessionTime after = timeline.Map(Kind::kVideo, AtMs(7013), 7013ms).time;
  EXPECT_NEAR(static_cast<double>((after - 7013ms).count()), 0, 1e6);
  EXPECT_EQ(timeline.counters().rebases, 0U);
}

TEST(TimelineTest, LatenessTellsHowFarTheStreamIsBehind) {
  Timeline timeline;
  Feed(timeline, Kind::kVideo, 0, 60, 33, 0ms);
  timeline.Freeze();
  timeline.Map(Kind::kVideo, AtMs(1980), 3980ms);
  EXPECT_NEAR(static_cast<double>(timeline.lateness() / 1ms), 2000, 1);
}

TEST(TimelineTest, BothTracksFollowOneJump) {
  Timeline timeline;
  timeline.Map(Kind::kVideo, AtMs(50'000), 0ms);
  timeline.Map(Kind::kAudio, AtMs(50'000), 0ms);
  timeline.Map(Kind::kVideo, AtMs(50'040), 40ms);
  timeline.Map(Kind::kAudio, AtMs(50'042), 42ms);
  // The encoder restarts its clock at zero; video notices first.
  EXPECT_EQ(timeline.Map(Kind::kVideo, AtMs(0), 60ms).time, 60ms);
  EXPECT_EQ(timeline.Map(Kind::kAudio, AtMs(50'063), 63ms).time, 63ms);  // its last old message
  EXPECT_EQ(timeline.Map(Kind::kAudio, AtMs(10), 70ms).time, 70ms);
  EXPECT_EQ(timeline.Map(Kind::kVideo, AtMs(40), 100ms).time, 100ms);
  EXPECT_EQ(timeline.jumps(), 2U);
}

}  // namespace
}  // namespace ingress
