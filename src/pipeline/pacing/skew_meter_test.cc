#include "pipeline/pacing/skew_meter.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using enum TrackKind;

/// Messages of both tracks each 20 ms; `behind` says how much later than its time one comes.
class SkewMeterTest : public testing::Test {
 protected:
  void Play(SessionTime length, SessionTime video_behind, SessionTime audio_behind = 0ms) {
    for (const SessionTime end = now_ + length; now_ < end; now_ += 20ms) {
      meter_.Observe(kAudio, now_ - audio_behind, audio_behind, now_);
      meter_.Observe(kVideo, now_ - video_behind, video_behind, now_);
    }
  }

  SkewMeter meter_;
  SessionTime now_ = 10s;
};

TEST_F(SkewMeterTest, AStreamInOrderHasNoSkew) {
  Play(3s, 0ms);
  EXPECT_EQ(meter_.Steady(kVideo, now_), 0ms);
  EXPECT_EQ(meter_.Newest(kVideo, now_), 0ms);
  EXPECT_EQ(meter_.Lateness(now_), 0ms);
}

TEST_F(SkewMeterTest, ATrackThatIsAlwaysBehindShowsByHowMuch) {
  Play(3s, 700ms);
  EXPECT_EQ(meter_.Steady(kVideo, now_), 700ms);
  EXPECT_EQ(meter_.Steady(kAudio, now_), 0ms);
  EXPECT_EQ(meter_.Lateness(now_), 0ms);
}

TEST_F(SkewMeterTest, WhatIsNewIsNotSteadyYet) {
  Play(3s, 0ms);
  Play(900ms, 300ms);
  EXPECT_EQ(meter_.Steady(kVideo, now_), 0ms);
  EXPECT_EQ(meter_.Newest(kVideo, now_), 300ms);
  Play(1100ms, 300ms);
  EXPECT_EQ(meter_.Steady(kVideo, now_), 300ms);
}

TEST_F(SkewMeterTest, AHiccupIsNotSteady) {
  Play(3s, 0ms);
  for (int i = 0; i < 5; ++i) {
    Play(400ms, 300ms);
    EXPECT_EQ(meter_.Steady(kVideo, now_), 0ms);
    Play(1600ms, 0ms);
    EXPECT_EQ(meter_.Steady(kVideo, now_), 0ms);
  }
}

TEST_F(SkewMeterTest, BunchesShowTheirLength) {
  for (int bunch = 0; bunch < 10; ++bunch) {
    for (SessionTime end = now_ + 400ms; now_ < end; now_ += 20ms) {
      meter_.Observe(kVideo, now_, 0ms, now_);
    }
    for (SessionTime media = now_ - 400ms; media < now_; media += 20ms) {
      meter_.Observe(kAudio, media, now_ - media, now_);
    }
  }
  EXPECT_EQ(meter_.Steady(kAudio, now_), 380ms);  // the newest picture is 20 ms old
  EXPECT_EQ(meter_.Steady(kVideo, now_), 0ms);
}

TEST_F(SkewMeterTest, WhatDelaysBothTracksIsNoSkew) {
  Play(3s, 500ms, 500ms);
  EXPECT_EQ(meter_.Steady(kVideo, now_), 0ms);
  EXPECT_EQ(meter_.Steady(kAudio, now_), 0ms);
  EXPECT_EQ(meter_.Lateness(now_), 500ms);
}

TEST_F(SkewMeterTest, ATrackThatEndsIsForgotten) {
  Play(3s, 700ms);
  for (const SessionTime end = now_ + 2s; now_ < end; now_ += 20ms) {
    meter_.Observe(kAudio, now_, 0ms, now_);
  }
  EXPECT_EQ(meter_.Steady(kVideo, now_), 0ms);
}

TEST_F(SkewMeterTest, OneBurstAfterAPauseIsNotSteady) {
  Play(3s, 0ms);
  for (const SessionTime end = now_ + 2s; now_ < end; now_ += 20ms) {
    meter_.Observe(kAudio, now_, 0ms, now_);
  }
  Play(100ms, 1500ms);
  EXPECT_EQ(meter_.Steady(kVideo, now_), 0ms);
}

}  // namespace
}  // namespace ingress::pipeline
