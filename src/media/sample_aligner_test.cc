#include "media/sample_aligner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "codec/opus_format.h"

namespace ingress::media {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kAacFrame = 1024;
constexpr std::size_t kPeriod = 96;  // frames: 500 Hz
constexpr float kAmplitude = 0.5F;
// The largest step from sample to sample of that tone, and what counts as a click.
constexpr double kStep = kAmplitude * 2 * std::numbers::pi / kPeriod;
constexpr double kClick = 1.5 * kStep;

double Seconds(SessionTime time) { return std::chrono::duration<double>(time).count(); }
SessionTime Time(double seconds) { return SessionTime(std::llround(seconds * 1e9)); }

/// A grid and all that came out of it.
struct Rig {
  struct Block {
    std::vector<float> samples;  // of the first blocks only
    SessionTime pts;
  };
  static constexpr std::size_t kKept = 100;
  std::vector<Block> blocks;
  double largest_step = 0;  // from sample to sample, of the first channel
  float last = 0;
  SampleAligner aligner;

  explicit Rig(int channels = 1)
      : aligner(channels, [this, channels](std::span<const float> block, SessionTime pts) {
          blocks.push_back({{}, pts});
          if (blocks.size() <= kKept) blocks.back().samples.assign(block.begin(), block.end());
          for (std::size_t i = 0; i < block.size(); i += static_cast<std::size_t>(channels)) {
            largest_step = std::max<double>(largest_step, std::abs(block[i] - last));
            last = block[i];
          }
        }) {}

  /// Adds `frames` of a tone that has been sounding for `played` frames.
  void AddTone(std::size_t frames, SessionTime pts, std::size_t played) {
    static const std::vector<float> wave = [] {
      std::vector<float> one(kPeriod);
      for (std::size_t i = 0; i < kPeriod; ++i) {
        const double phase = 2 * std::numbers::pi * static_cast<double>(i) / kPeriod;
        one[i] = kAmplitude * static_cast<float>(std::sin(phase));
      }
      return one;
    }();
    std::vector<float> samples(frames);
    for (std::size_t i = 0; i < frames; ++i) samples[i] = wave[(played + i) % kPeriod];
    aligner.Add(samples, pts);
  }

  void ExpectContinuousTime() const {
    for (std::size_t i = 1; i < blocks.size(); ++i) {
      ASSERT_EQ(blocks[i].pts - blocks[i - 1].pts, codec::kOpusPacketDuration) << i;
    }
  }

  double Loudest(std::size_t block) const { return std::ranges::max(blocks[block].samples); }
};

/// The time of AAC frame `i` at 48 kHz as FLV writes it.
SessionTime Rounded(std::size_t i) {
  return milliseconds(std::lround(static_cast<double>(i) * 1024 / 48));
}

TEST(SampleAlignerTest, PutsRoundedTimesOnAnExactGrid) {
  Rig rig;
  for (std::size_t i = 0; i < 470; ++i) {
    rig.AddTone(kAacFrame, milliseconds(100) + Rounded(i), i * kAacFrame);
  }
  ASSERT_EQ(rig.blocks.size(), 501U);
  EXPECT_EQ(rig.blocks[0].pts, milliseconds(100));
  rig.ExpectContinuousTime();
  EXPECT_EQ(rig.blocks[7].samples.size(), codec::kOpusPacketSamples);
  EXPECT_LT(rig.largest_step, 1.01 * kStep);
}

TEST(SampleAlignerTest, StretchesTheAudioOfASlowEncoderWithoutHoles) {
  for (const double pace : {0.95, 0.9, 0.85}) {
    SCOPED_TRACE(pace);
    Rig rig;
    for (std::size_t i = 0; i < 470; ++i) {
      const double captured = static_cast<double>(i * kAacFrame) / codec::kOpusRate;
      rig.AddTone(kAacFrame, Time(captured / pace), i * kAacFrame);
    }
    rig.ExpectContinuousTime();
    const double length = 470.0 * kAacFrame / codec::kOpusRate / pace;
    EXPECT_NEAR(Seconds(rig.blocks.back().pts), length, 0.15);
    for (std::size_t block = 0; block < Rig::kKept; ++block) {
      EXPECT_GT(rig.Loudest(block), 0.9 * kAmplitude) << block;
    }
    EXPECT_LT(rig.largest_step, kClick);
  }
}

TEST(SampleAlignerTest, MovesBlocksByWayOfShorterOnes) {
  for (const int by : {5, 10, 15}) {
    SCOPED_TRACE(by);
    Rig rig(2);
    std::vector<float> samples(2 * kAacFrame, 0.5F);
    for (std::size_t i = 0; i < 60; ++i) {
      if (i == 20) rig.aligner.Move(milliseconds(by));
      rig.aligner.Add(samples, Rounded(i));
    }
    SessionTime end{};
    milliseconds shorter{0};
    for (const auto& block : rig.blocks) {
      ASSERT_EQ(block.pts, end);
      const auto length =
          codec::kOpusPacketDuration * block.samples.size() / (2 * codec::kOpusPacketSamples);
      if (length < codec::kOpusPacketDuration) shorter += length;
      end += length;
    }
    EXPECT_EQ(shorter, milliseconds(by));
  }
}

TEST(SampleAlignerTest, FillsAShortHoleWithSilence) {
  Rig rig;
  rig.AddTone(4800 + 24, milliseconds(0), 0);  // ends at its loudest
  rig.AddTone(4800, milliseconds(300), 24);    // and starts so; 200 ms are missing
  ASSERT_EQ(rig.blocks.size(), 20U);
  rig.ExpectContinuousTime();
  EXPECT_LT(rig.largest_step, kClick);
  EXPECT_EQ(rig.Loudest(8), 0);
  EXPECT_NEAR(rig.Loudest(16), kAmplitude, 0.01);
}

TEST(SampleAlignerTest, JumpsOverALongHoleAndLeavesOutWhatWouldComeBehindIt) {
  for (const std::size_t played : {1000U, 960U}) {  // within a block and at its end
    Rig rig;
    rig.AddTone(played, milliseconds(0), 24);
    rig.AddTone(960, milliseconds(5000), 24);
    ASSERT_EQ(rig.blocks.size(), 2U);
    EXPECT_EQ(rig.blocks[0].pts, milliseconds(0));
    EXPECT_EQ(rig.blocks[1].pts, milliseconds(5000));
    EXPECT_LT(rig.blocks[1].samples.front(), kClick);
    EXPECT_NEAR(rig.Loudest(1), kAmplitude, 0.01);
  }
}

TEST(SampleAlignerTest, LeavesALargeOverlapOut) {
  Rig rig;
  rig.AddTone(14'400, milliseconds(0), 0);
  rig.AddTone(7200, milliseconds(100), 77);  // its time has been played
  rig.AddTone(9600, milliseconds(250), 33);  // that of its first 50 ms, too
  ASSERT_EQ(rig.blocks.size(), 22U);
  rig.ExpectContinuousTime();
  EXPECT_LT(rig.largest_step, kClick);
}

TEST(SampleAlignerTest, NeverRunsBackwards) {
  Rig rig;
  rig.AddTone(960, milliseconds(9000), 0);
  rig.AddTone(960, milliseconds(1000), 0);
  rig.AddTone(960, milliseconds(9020), 0);
  ASSERT_EQ(rig.blocks.size(), 2U);
  EXPECT_EQ(rig.blocks[1].pts, milliseconds(9020));
}

/// Feeds a tone of `seconds` whose times are what `time` makes of the sample count, in seconds.
/// Returns the largest disagreement between times and grid that lasted a second.
double LastingError(Rig& rig, double seconds, const std::function<double(double)>& time) {
  double worst = 0;
  double least = 1e9;
  double since = 0;
  for (std::size_t played = 0; static_cast<double>(played) < seconds * codec::kOpusRate;
       played += kAacFrame) {
    const double media = static_cast<double>(played) / codec::kOpusRate;
    const double frame_end = time(media) + static_cast<double>(kAacFrame) / codec::kOpusRate;
    rig.AddTone(kAacFrame, Time(std::round(time(media) * 1000) / 1000), played);
    if (rig.blocks.empty()) continue;
    const double end = Seconds(rig.blocks.back().pts + codec::kOpusPacketDuration);
    // A block that is being filled holds less than 20 ms.
    const double error = std::max({0.0, end - frame_end, frame_end - end - 0.020});
    least = std::min(least, error);
    if (media - since < 1) continue;
    worst = std::max(worst, least);
    since = media;
    least = 1e9;
  }
  return worst;
}

TEST(SampleAlignerTest, StaysWithADriftingClockForAnHour) {
  for (const double speed : {1.0002, 0.9998}) {
    SCOPED_TRACE(speed);
    Rig rig;
    EXPECT_LT(LastingError(rig, 3600, [=](double media) { return media * speed; }), 0.025);
    rig.ExpectContinuousTime();
    EXPECT_LT(rig.largest_step, kClick);
  }
}

TEST(SampleAlignerTest, FollowsAnOffsetThatMovesQuickly) {
  // Three seconds of five percent either way.
  for (const double speed : {0.95, 1.05}) {
    SCOPED_TRACE(speed);
    Rig rig;
    const auto time = [=](double media) {
      return media + (speed - 1) * std::clamp(media - 2, 0.0, 3.0);
    };
    EXPECT_LT(LastingError(rig, 10, time), 0.060);
    rig.ExpectContinuousTime();
    EXPECT_LT(rig.largest_step, kClick);
  }
}

TEST(SampleAlignerTest, WorksOffASmallStepWithinASecond) {
  for (const double step : {-0.090, -0.045, 0.045}) {
    SCOPED_TRACE(step);
    Rig rig;
    const auto time = [=](double media) { return media < 2 ? media : media + step; };
    EXPECT_LT(LastingError(rig, 6, time), 0.060);
    rig.ExpectContinuousTime();
    EXPECT_LT(rig.largest_step, kClick);
  }
}

TEST(SampleAlignerTest, ToleratesJitterOfTheEncodersClock) {
  Rig rig;
  for (std::size_t i = 0; i < 1000; ++i) {
    rig.AddTone(kAacFrame, Rounded(i) + milliseconds(i % 2 == 0 ? 30 : 0), i * kAacFrame);
  }
  rig.ExpectContinuousTime();
  EXPECT_EQ(rig.blocks.size(),
            1000 * kAacFrame / codec::kOpusPacketSamples);  // nothing added or lost
  EXPECT_LT(rig.largest_step, 1.01 * kStep);
}

TEST(SampleAlignerTest, TamesWhatDecodersMayPutOut) {
  Rig rig;
  rig.AddTone(codec::kOpusPacketSamples, milliseconds(0), 0);
  std::vector<float> wild(codec::kOpusPacketSamples, std::numeric_limits<float>::quiet_NaN());
  wild[1] = 7;
  wild[2] = -std::numeric_limits<float>::infinity();
  rig.aligner.Add(wild, milliseconds(20));
  EXPECT_EQ(rig.blocks[1].samples[0], 0.0F);
  EXPECT_EQ(rig.blocks[1].samples[1], 1.0F);
  EXPECT_EQ(rig.blocks[1].samples[2], 0.0F);
}

TEST(SampleAlignerTest, WaitsForTheFirstKnownTimeAndFadesIn) {
  Rig rig;
  const std::vector<float> loud(960, 0.9F);
  rig.aligner.Add(loud, std::nullopt);
  EXPECT_TRUE(rig.blocks.empty());
  rig.aligner.Add(loud, milliseconds(7));
  ASSERT_EQ(rig.blocks.size(), 1U);
  EXPECT_EQ(rig.blocks[0].pts, milliseconds(7));
  EXPECT_LT(rig.largest_step, 0.01);
}

TEST(SampleAlignerTest, KeepsChannelsApart) {
  Rig rig(2);
  std::vector<float> samples(2 * kAacFrame);
  for (std::size_t i = 0; i < kAacFrame; ++i) samples[2 * i] = 0.5F;
  for (int i = 0; i < 400; ++i) rig.aligner.Add(samples, Time(i * 1024 / 48'000.0 * 1.003));
  for (const auto& block : rig.blocks) {
    for (std::size_t i = 1; i < block.samples.size(); i += 2) ASSERT_EQ(block.samples[i], 0.0F);
  }
}

}  // namespace
}  // namespace ingress::media
