#include "media/peak_limiter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace ingress::media {
namespace {

std::vector<float> Tone(std::size_t frames, float amplitude) {
  std::vector<float> samples(frames);
  for (std::size_t i = 0; i < frames; ++i) {
    samples[i] = amplitude *
                 static_cast<float>(std::sin(2 * std::numbers::pi * static_cast<double>(i) / 96));
  }
  return samples;
}

float Peak(std::span<const float> samples) {
  float peak = 0;
  for (const float sample : samples) peak = std::max(peak, std::abs(sample));
  return peak;
}

TEST(PeakLimiterTest, LeavesAloneWhatFits) {
  PeakLimiter limiter(1);
  const std::vector<float> before = Tone(4800, 0.97F);
  std::vector<float> samples = before;
  limiter.Process(samples);
  EXPECT_EQ(samples, before);
}

TEST(PeakLimiterTest, KeepsWhatIsTooLoudWithinFullScale) {
  PeakLimiter limiter(1);
  for (int block = 0; block < 10; ++block) {
    std::vector<float> samples = Tone(960, 2.4F);
    limiter.Process(samples);
    EXPECT_LE(Peak(samples), PeakLimiter::kCeiling + 1e-6F);
    EXPECT_GT(Peak(samples), 0.9F);
  }
}

TEST(PeakLimiterTest, RisesAgainSlowlyAndWholly) {
  PeakLimiter limiter(1);
  std::vector<float> loud = Tone(960, 2);
  limiter.Process(loud);
  std::vector<float> soft(PeakLimiter::kRelease, 0.5F);
  limiter.Process(soft);
  EXPECT_LT(soft.front(), 0.3F);
  for (std::size_t i = 1; i < soft.size(); ++i) ASSERT_LE(soft[i] - soft[i - 1], 1e-3F);
  EXPECT_EQ(soft.back(), 0.5F);
}

TEST(PeakLimiterTest, FallsBeforeAPeakWithoutAStep) {
  PeakLimiter limiter(1);
  std::vector<float> samples(960, 0.5F);
  samples[500] = 1.96F;
  limiter.Process(samples);
  EXPECT_EQ(samples[400], 0.5F);
  EXPECT_FLOAT_EQ(samples[500], PeakLimiter::kCeiling);
  for (std::size_t i = 1; i < 500; ++i) ASSERT_GE(samples[i] - samples[i - 1], -0.011F);
}

TEST(PeakLimiterTest, TurnsBothEarsDownAlike) {
  PeakLimiter limiter(2);
  std::vector<float> samples;
  for (int i = 0; i < 480; ++i) samples.insert(samples.end(), {1.96F, 0.4F});
  limiter.Process(samples);
  for (std::size_t i = 0; i < samples.size(); i += 2) {
    ASSERT_NEAR(samples[i] / samples[i + 1], 4.9F, 1e-3F);
  }
}

}  // namespace
}  // namespace ingress::media
