#include "timing/media_clock.h"

#include <gtest/gtest.h>

namespace ingress {
namespace {

using namespace std::chrono_literals;
using enum TrackKind;

TEST(MediaClockTest, WrapAt32BitsGoesOn) {
  MediaClock clock;
  clock.Read(kVideo, 0xffffffff - 10, 0ms);
  EXPECT_EQ(clock.Read(kVideo, 22, 33ms), 33ms);
  EXPECT_EQ(clock.jumps(), 0U);
}

TEST(MediaClockTest, WrapAt31BitsGoesOnInBothTracks) {
  MediaClock clock;
  clock.Read(kVideo, 0x7fffffff - 10, 0ms);
  EXPECT_EQ(clock.Read(kVideo, 22, 33ms), 33ms);
  EXPECT_EQ(clock.Read(kAudio, 0x7fffffff - 5, 34ms), 5ms);
  EXPECT_EQ(clock.Read(kAudio, 20, 35ms), 31ms);
  EXPECT_EQ(clock.jumps(), 0U);
}

TEST(MediaClockTest, LaysASecondTrackOnTheNumbersOfTheFirst) {
  MediaClock clock;
  clock.Read(kVideo, 70'000, 0ms);
  EXPECT_EQ(clock.Read(kAudio, 69'400, 0ms), -600ms);
}

TEST(MediaClockTest, ATrackMayBeTwoSecondsBehindTheOther) {
  MediaClock clock;
  clock.Read(kAudio, 0, 0ms);
  clock.Read(kAudio, 2'000, 2'000ms);
  EXPECT_EQ(clock.Read(kVideo, 0, 2'000ms), 0ms);
  // So may it be after both have jumped.
  clock.Read(kAudio, 90'000, 2'020ms);
  clock.Read(kAudio, 92'000, 4'020ms);
  EXPECT_EQ(clock.Read(kVideo, 90'000, 4'020ms), 2'020ms);
}

TEST(MediaClockTest, ATrackThatJumpsAheadOfTheOtherDoesNotJoinIt) {
  MediaClock clock;
  clock.Read(kAudio, 0, 0ms);
  clock.Read(kVideo, 0, 0ms);
  EXPECT_EQ(clock.Read(kVideo, 2'000, 33ms), 20ms);
}

TEST(MediaClockTest, StartsATrackOfOtherNumbersWhereItIsDue) {
  MediaClock clock;
  clock.Read(kVideo, 70'000, 0ms);
  EXPECT_EQ(clock.Read(kAudio, 0, 15ms), 15ms);
  EXPECT_EQ(clock.Read(kAudio, 20, 40ms), 35ms);
}

TEST(MediaClockTest, KeepsAGapAndClosesAJump) {
  MediaClock clock;
  clock.Read(kVideo, 0, 0ms);
  EXPECT_EQ(clock.Read(kVideo, 6'000, 6'010ms), 6'000ms);  // nothing was sent for six seconds
  EXPECT_EQ(clock.Read(kVideo, 9'000, 6'040ms), 6'020ms);  // three seconds in 30 ms
  EXPECT_EQ(clock.Read(kVideo, 90'000, 6'080ms), 6'040ms);
  EXPECT_EQ(clock.jumps(), 2U);
}

TEST(MediaClockTest, AStepAfterAStallIsNoJump) {
  MediaClock clock;
  clock.Read(kVideo, 0, 5'000ms);  // five seconds late; the encoder dropped what came next
  EXPECT_EQ(clock.Read(kVideo, 4'900, 5'000ms), 4'900ms);
  EXPECT_EQ(clock.jumps(), 0U);
}

TEST(MediaClockTest, ATrackThatReturnsFromAStrayTimestampMeetsTheOtherOneExactly) {
  MediaClock clock;
  clock.Read(kVideo, 1000, 0ms);
  clock.Read(kAudio, 1000, 0ms);
  clock.Read(kVideo, 9000, 33ms);
  clock.Read(kAudio, 1040, 40ms);
  EXPECT_EQ(clock.Read(kVideo, 1066, 66ms), 66ms);
}

TEST(MediaClockTest, NumbersThatTheOtherTrackHadLongAgoMeanNothing) {
  MediaClock clock;
  clock.Read(kAudio, 500, 0ms);
  clock.Read(kVideo, 500, 0ms);
  for (std::uint32_t t = 0; t <= 60'000; t += 500) {
    clock.Read(kVideo, 500 + t, std::chrono::milliseconds(t));
  }
  EXPECT_EQ(clock.Read(kVideo, 600, 60'033ms), 60'020ms);
}

TEST(MediaClockTest, NumbersThatRestartAfterASilenceGoOnWhereTheyAreDue) {
  MediaClock clock;
  clock.Read(kVideo, 50'000, 0ms);
  EXPECT_EQ(clock.Read(kVideo, 0, 5'000ms), 5'000ms);
}

}  // namespace
}  // namespace ingress
