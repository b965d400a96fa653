#include "pipeline/source/input_meter.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(InputMeterTest, MeasuresAWindow) {
  InputMeter meter;
  for (SessionTime at = 10s; at < 11'900ms; at += 40ms) meter.Count(1000, at);
  EXPECT_EQ(meter.frames_per_second(), 0);
  for (SessionTime at = 11'920ms; at < 13s; at += 40ms) meter.Count(1000, at);
  EXPECT_NEAR(meter.frames_per_second(), 25, 0.1);
  EXPECT_NEAR(meter.bits_per_second(), 200'000, 1000);
}

TEST(InputMeterTest, WhatIsDecodedTwiceBeginsANewWindow) {
  InputMeter meter;
  for (SessionTime at = 10s; at < 11s; at += 40ms) meter.Count(1000, at);
  for (SessionTime at = 9s; at < 11'900ms; at += 40ms) meter.Count(1000, at);
  EXPECT_NEAR(meter.frames_per_second(), 25, 0.1);
}

TEST(InputMeterTest, FramesOfOneTimeMeasureNothing) {
  InputMeter meter;
  for (int i = 0; i < 3; ++i) meter.Count(1000, 5s);
  EXPECT_EQ(meter.frames_per_second(), 0);
}

}  // namespace
}  // namespace ingress::pipeline
