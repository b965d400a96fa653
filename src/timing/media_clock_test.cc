#include "timing/media_clock.h"

#include <gtest/gtest.h>

#include "stream/testing/timestamps.h"

namespace ingress {
namespace {

using namespace std::chrono_literals;
using enum TrackKind;
using stream::AtMs;

TEST(MediaClockTest, WrapAt32BitsGoesOn) {
  MediaClock clock;
  clock.Read(kVideo, AtMs(0xffffffff - 10), 0ms);
  EXPECT_EQ(clock.Read(kVideo, AtMs(22), 33ms), 33ms);
  EXPECT_EQ(clock.jumps(), 0U);
}

TEST(MediaClockTest, WrapAt31BitsGoesOnInBothTracks) {
  MediaClock clock;
  clock.Read(kVideo, AtMs(0x7fffffff - 10), 0ms);
  EXPECT_EQ(clock.Read(kVideo, AtMs(22), 33ms), 33ms);
  EXPECT_EQ(clock.Read(kAudio, AtMs(0x7fffffff - 5), 34ms), 5ms);
  EXPECT_EQ(clock.Read(kAudio, AtMs(20), 35ms), 31ms);
  EXPECT_EQ(clock.jumps(), 0U);
}

TEST(MediaClockTest, LaysASecondTrackOnTheNumbersOfTheFirst) {
  MediaClock clock;
  clock.Read(kVideo, AtMs(70'000), 0ms);
  EXPECT_EQ(clock.Read(kAudio, AtMs(69'400), 0ms), -600ms);
}

TEST(MediaClockTest, ATrackMayBeTwoSecondsBehindTheOther) {
  MediaClock clock;
  clock.Read(kAudio, AtMs(0), 0ms);
  clock.Read(kAudio, AtMs(2'000), 2'000ms);
  EXPECT_EQ(clock.Read(kVideo, AtMs(0), 2'000ms), 0ms);
  // So may it be after both have jumped.
  clock.Read(kAudio, AtMs(90'000), 2'020ms);
  clock.Read(kAudio, AtMs(92'000), 4'020ms);
  EXPECT_EQ(clock.Read(kVideo, AtMs(90'000), 4'020ms), 2'020ms);
}

TEST(MediaClockTest, ATrackThatJumpsAheadOfTheOtherDoesNotJoinIt) {
  MediaClock clock;
  clock.Read(kAudio, AtMs(0), 0ms);
  clock.Read(kVideo, AtMs(0), 0ms);
  EXPECT_EQ(clock.Read(kVideo, AtMs(2'000), 33ms), 20ms);
}

TEST(MediaClockTest, StartsATrackOfOtherNumbersWhereItIsDue) {
  MediaClock clock;
  clock.Read(kVideo, AtMs(70'000), 0ms);
  EXPECT_EQ(clock.Read(kAudio, AtMs(0), 15ms), 15ms);
  EXPECT_EQ(clock.Read(kAudio, AtMs(20), 40ms), 35ms);
}

TEST(MediaClockTest, KeepsAGapAndClosesAJump) {
  MediaClock clock;
  clock.Read(kVideo, AtMs(0), 0ms);
  EXPECT_EQ(clock.Read(kVideo, AtMs(6'000), 6'010ms), 6'000ms);  // nothing was sent for six seconds
  EXPECT_EQ(clock.Read(kVideo, AtMs(9'000), 6'040ms), 6'020ms);  // three seconds in 30 ms
  EXPECT_EQ(clock.Read(kVideo, AtMs(90'000), 6'080ms), 6'040ms);
  EXPECT_EQ(clock.jumps(), 2U);
}

TEST(MediaClockTest, AStepAfterAStallIsNoJump) {
  MediaClock clock;
  clock.Read(kVideo, AtMs(0), 5'000ms);  // five seconds late; the encoder dropped what came next
  EXPECT_EQ(clock.Read(kVideo, AtMs(4'900), 5'000ms), 4'900ms);
  EXPECT_EQ(clock.jumps(), 0U);
}

TEST(MediaClockTest, ATrackThatReturnsFromAStrayTimestampMeetsTheOtherOneExactly) {
  MediaClock clock;
  clock.Read(kVideo, AtMs(1000), 0ms);
  clock.Read(kAudio, AtMs(1000), 0ms);
  clock.Read(kVideo, AtMs(9000), 33ms);
  clock.Read(kAudio, AtMs(1040), 40ms);
  EXPECT_EQ(clock.Read(kVideo, AtMs(1066), 66ms), 66ms);
}

TEST(MediaClockTest, NumbersThatTheOtherTrackHadLongAgoMeanNothing) {
  MediaClock clock;
  clock.Read(kAudio, AtMs(500), 0ms);
  clock.Read(kVideo, AtMs(500), 0ms);
  for (std::uint32_t t = 0; t <= 60'000; t += 500) {
    clock.Read(kVideo, AtMs(500 + t), std::chrono::milliseconds(t));
  }
  EXPECT_EQ(clock.Read(kVideo, AtMs(600), 60'033ms), 60'020ms);
}

TEST(MediaClockTest, NumbersThatRestartAfterASilenceGoOnWhereTheyAreDue) {
  MediaClock clock;
  clock.Read(kVideo, AtMs(50'000), 0ms);
  EXPECT_EQ(clock.Read(kVideo, AtMs(0), 5'000ms), 5'000ms);
}

TEST(MediaClockTest, CountsTicksOf90KilohertzWithoutLosingAnyTime) {
  constexpr stream::TickClock kMpegTs{.rate = 90'000, .bits = 33};
  MediaClock clock;
  SessionTime media{};
  constexpr std::uint64_t kHour = 30 * 3'600;  // pictures
  constexpr std::uint64_t kRange = std::uint64_t{1} << 33;
  constexpr std::uint64_t kBeforeWrap = kRange - 90'000;
  for (std::uint64_t i = 0; i <= kHour; ++i) {
    const std::uint64_t ticks = kBeforeWrap + i * 3'000;
    const stream::Timestamp at{.ticks = ticks & (kRange - 1), .clock = kMpegTs};
    media = clock.Read(kVideo, at, media);
  }
  EXPECT_EQ(media, 1h);
  EXPECT_EQ(clock.jumps(), 0U);
}

TEST(MediaClockTest, NeverComparesNumbersOfDifferentClocks) {
  constexpr stream::TickClock kVideoRtp{.rate = 90'000, .bits = 32};
  constexpr stream::TickClock kAudioRtp{.rate = 48'000, .bits = 32};
  MediaClock clock;
  clock.Read(kVideo, {.ticks = 90'000, .clock = kVideoRtp}, 0ms);
  EXPECT_EQ(clock.Read(kAudio, {.ticks = 90'100, .clock = kAudioRtp}, 15ms), 15ms);
  EXPECT_EQ(clock.Read(kAudio, {.ticks = 91'060, .clock = kAudioRtp}, 35ms), 35ms);
}

TEST(MediaClockTest, ATrackThatGoesOnByAnotherClockHasJumped) {
  MediaClock clock;
  clock.Read(kVideo, AtMs(1'000), 0ms);
  EXPECT_EQ(clock.Read(kVideo, {.ticks = 1'040, .clock = {.rate = 90'000, .bits = 33}}, 40ms),
            20ms);
  EXPECT_EQ(clock.jumps(), 1U);
}

}  // namespace
}  // namespace ingress
