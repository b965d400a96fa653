#include "pipeline/source/track_health.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using State = TrackHealth::State;

constexpr TimePoint kStart{1000s};
const Error kBad{ErrorCode::kMalformed, "cut off"};

TEST(TrackHealthTest, IsSilentUntilSomethingComes) {
  TrackHealth track;
  EXPECT_EQ(track.state(kStart), State::kSilent);
  EXPECT_EQ(track.Hopeless(kStart), std::nullopt);
}

TEST(TrackHealthTest, GoesOnOverOneOddMessage) {
  TrackHealth track;
  track.OnUsable(kStart);
  EXPECT_EQ(track.OnUnusable(kBad, kStart + 20ms), 1U);
  EXPECT_EQ(track.state(kStart + 20ms), State::kWorking);
  track.OnUsable(kStart + 40ms);
  EXPECT_EQ(track.state(kStart + 40ms), State::kWorking);
  EXPECT_EQ(track.unusable(), 1U);
  EXPECT_EQ(track.last_error()->context, "cut off");
}

TEST(TrackHealthTest, IsUnusableWhenSecondsGaveNothing) {
  TrackHealth track;
  track.OnUsable(kStart);
  for (auto at = 40ms; at < TrackHealth::kHealthWindow; at += 40ms) {
    track.OnUnusable(kBad, kStart + at);
  }
  EXPECT_EQ(track.state(kStart + 2960ms), State::kWorking);
  track.OnUnusable(kBad, kStart + 3040ms);
  EXPECT_EQ(track.state(kStart + 3040ms), State::kUnusable);
  EXPECT_EQ(track.Hopeless(kStart + 3040ms)->context, "cut off");
  track.OnUsable(kStart + 3080ms);
  EXPECT_EQ(track.state(kStart + 3080ms), State::kWorking);
  EXPECT_EQ(track.Hopeless(kStart + 3080ms), std::nullopt);
}

TEST(TrackHealthTest, DoesNotTakeTwoOddMessagesFarApartForATrackThatGivesNothing) {
  TrackHealth track;
  track.OnUnusable(kBad, kStart);
  track.OnUnusable(kBad, kStart + 10s);
  EXPECT_EQ(track.state(kStart + 10s), State::kStarting);
  EXPECT_EQ(track.state(kStart + 20s), State::kSilent);
}

TEST(TrackHealthTest, IsNotHopelessWhileItWaitsForAKeyFrame) {
  TrackHealth track;
  for (auto at = 0ms; at <= 4000ms; at += 40ms) track.OnWaiting(kStart + at);
  EXPECT_EQ(track.state(kStart + 4s), State::kUnusable);
  EXPECT_EQ(track.Hopeless(kStart + 4s), std::nullopt);
}

TEST(TrackHealthTest, IsLoggedWithItsCountNowAndThen) {
  TrackHealth track;
  EXPECT_EQ(track.OnUnusable(kBad, kStart), 1U);
  EXPECT_EQ(track.OnUnusable(kBad, kStart + 9s), std::nullopt);
  EXPECT_EQ(track.OnUnusable(kBad, kStart + 10s), 3U);
}

class HopelessInputTest : public testing::Test {
 protected:
  static constexpr TimePoint kEnd = kStart + 4s;

  static void Spoil(TrackHealth& track) {
    for (auto at = 0ms; at <= 4000ms; at += 40ms) track.OnUnusable(kBad, kStart + at);
  }
  bool Ends() const {
    return HopelessInput(video_, audio_, kEnd) && HopelessInput(audio_, video_, kEnd);
  }

  TrackHealth video_;
  TrackHealth audio_;
};

TEST_F(HopelessInputTest, EndsWhenOneIsHopelessAndTheOtherSilent) {
  Spoil(video_);
  EXPECT_TRUE(Ends());
}

TEST_F(HopelessInputTest, EndsWhenBothAreHopeless) {
  Spoil(video_);
  Spoil(audio_);
  EXPECT_TRUE(Ends());
}

TEST_F(HopelessInputTest, GoesOnWhileTheOtherWorks) {
  Spoil(video_);
  audio_.OnUsable(kEnd - 1s);
  EXPECT_FALSE(Ends());
}

TEST_F(HopelessInputTest, GoesOnWhileTheOtherMayBegin) {
  Spoil(video_);
  audio_.OnWaiting(kEnd - 1s);
  EXPECT_FALSE(Ends());
}

TEST_F(HopelessInputTest, GoesOnWhileTheOtherPauses) {
  Spoil(audio_);
  video_.OnUsable(kEnd - 20s);  // a slide
  EXPECT_FALSE(Ends());
}

TEST_F(HopelessInputTest, EndsWhenTheOtherPausesForever) {
  Spoil(video_);
  audio_.OnUsable(kEnd - TrackHealth::kLongestPause);
  EXPECT_TRUE(Ends());
}

TEST_F(HopelessInputTest, GoesOnWhenBothAreSilent) { EXPECT_FALSE(Ends()); }

}  // namespace
}  // namespace ingress::pipeline
