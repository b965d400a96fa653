#include "media/audio_grid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "media/audio_format.h"

namespace ingress::media {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kAacFrame = 1024;

std::vector<AudioGrid::Block> TakeAll(AudioGrid& grid) {
  std::vector<AudioGrid::Block> blocks;
  while (auto block = grid.Take()) blocks.push_back(std::move(*block));
  return blocks;
}

/// The time of AAC frame `i` at 48 kHz as FLV writes it.
SessionTime Rounded(int i) { return milliseconds(std::lround(i * 1024 / 48.0)); }

std::vector<float> Tone(std::size_t frames, float value = 0.5F) {
  return std::vector<float>(frames, value);
}

TEST(AudioGridTest, PutsRoundedTimesOnAnExactGrid) {
  AudioGrid grid(1);
  for (int i = 0; i < 470; ++i) grid.Add(Tone(kAacFrame), milliseconds(100) + Rounded(i));
  const auto blocks = TakeAll(grid);
  ASSERT_EQ(blocks.size(), 501U);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(blocks[i].pts, milliseconds(100) + i * kPacketDuration);
    EXPECT_EQ(blocks[i].samples.size(), kSamplesPerPacket);
  }
}

TEST(AudioGridTest, FillsAShortHoleWithSilence) {
  AudioGrid grid(1);
  grid.Add(Tone(4800), milliseconds(0));
  grid.Add(Tone(4800), milliseconds(300));  // 200 ms are missing
  const auto blocks = TakeAll(grid);
  ASSERT_EQ(blocks.size(), 20U);
  EXPECT_EQ(blocks.back().pts, milliseconds(380));
  EXPECT_EQ(blocks[4].samples[0], 0.5F);
  EXPECT_EQ(blocks[5].samples[0], 0.0F);
  EXPECT_EQ(blocks[14].samples[959], 0.0F);
  EXPECT_EQ(blocks[15].samples[0], 0.5F);
}

TEST(AudioGridTest, JumpsOverALongHole) {
  AudioGrid grid(1);
  grid.Add(Tone(1000), milliseconds(0));
  grid.Add(Tone(960), milliseconds(5000));
  const auto blocks = TakeAll(grid);
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[1].pts, milliseconds(20));
  EXPECT_EQ(blocks[1].samples[39], 0.5F);
  EXPECT_EQ(blocks[1].samples[40], 0.0F);  // the rest of the block is padded
  EXPECT_EQ(blocks[2].pts, milliseconds(5000));
}

TEST(AudioGridTest, LeavesAnOverlapOut) {
  AudioGrid grid(1);
  grid.Add(Tone(9600), milliseconds(0));
  grid.Add(Tone(4800, 0.25F), milliseconds(100));  // all of it heard already
  grid.Add(Tone(960, 0.75F), milliseconds(200));
  const auto blocks = TakeAll(grid);
  ASSERT_EQ(blocks.size(), 11U);
  EXPECT_EQ(blocks[10].pts, milliseconds(200));
  EXPECT_EQ(blocks[10].samples[0], 0.75F);
}

TEST(AudioGridTest, FollowsTimeThatFallsFarBack) {
  AudioGrid grid(1);
  grid.Add(Tone(960), milliseconds(9000));
  grid.Add(Tone(960), milliseconds(1000));
  const auto blocks = TakeAll(grid);
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[1].pts, milliseconds(1000));
}

TEST(AudioGridTest, StaysWithADriftingClockWithoutABreak) {
  for (const double speed : {1.002, 0.998}) {
    AudioGrid grid(2);
    std::vector<AudioGrid::Block> blocks;
    SessionTime pts{};
    for (int i = 0; i < 10'000; ++i) {
      pts = milliseconds(std::lround(i * 1024 / 48.0 * speed));
      grid.Add(Tone(2 * kAacFrame), pts);
      for (auto& block : TakeAll(grid)) blocks.push_back(std::move(block));
    }
    for (std::size_t i = 1; i < blocks.size(); ++i) {
      ASSERT_EQ(blocks[i].pts - blocks[i - 1].pts, kPacketDuration);
      ASSERT_EQ(blocks[i].samples[0], 0.5F);
    }
    EXPECT_NEAR(std::chrono::duration<double>(blocks.back().pts - pts).count(), 0, 0.050) << speed;
  }
}

TEST(AudioGridTest, ToleratesJitterOfTheEncodersClock) {
  AudioGrid grid(1);
  for (int i = 0; i < 1000; ++i) {
    grid.Add(Tone(kAacFrame), Rounded(i) + milliseconds(i % 2 == 0 ? 30 : 0));
  }
  const auto blocks = TakeAll(grid);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    ASSERT_EQ(blocks[i].pts, milliseconds(30) + i * kPacketDuration);
    ASSERT_EQ(blocks[i].samples[0], 0.5F);
  }
}

TEST(AudioGridTest, TamesWhatDecodersMayPutOut) {
  AudioGrid grid(1);
  std::vector<float> wild(kSamplesPerPacket, std::numeric_limits<float>::quiet_NaN());
  wild[1] = 7;
  wild[2] = -std::numeric_limits<float>::infinity();
  grid.Add(wild, milliseconds(0));
  const auto block = grid.Take().value();
  EXPECT_EQ(block.samples[0], 0.0F);
  EXPECT_EQ(block.samples[1], 1.0F);
  EXPECT_EQ(block.samples[2], 0.0F);
}

TEST(AudioGridTest, WaitsForTheFirstKnownTime) {
  AudioGrid grid(1);
  grid.Add(Tone(960), std::nullopt);
  EXPECT_FALSE(grid.Take());
  grid.Add(Tone(960), milliseconds(7));
  EXPECT_EQ(grid.Take().value().pts, milliseconds(7));
}

}  // namespace
}  // namespace ingress::media
