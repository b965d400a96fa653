#include "pipeline/route/gop_cache.h"

#include <gtest/gtest.h>

#include "pipeline/route/key_frame_interval_estimator.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

GopCache::Picture Picture(SessionTime dts, bool key = false, std::size_t size = 100) {
  return std::make_shared<const SourcePicture>(SourcePicture{
      .data = stream::Payload(Bytes(size)), .dts = dts, .pts = dts, .key_frame = key});
}

TEST(GopCacheTest, HoldsThePicturesSinceTheLastKeyFrame) {
  GopCache gop;
  gop.Push(Picture(0ms));
  EXPECT_TRUE(gop.empty()) << "nothing can be decoded without a key frame";
  gop.Push(Picture(33ms, true));
  gop.Push(Picture(66ms));
  EXPECT_EQ(gop.span(), 33ms);
  EXPECT_EQ(gop.bytes(), 200U);
  gop.Push(Picture(99ms, true));
  EXPECT_EQ(gop.pictures().size(), 1U);
}

TEST(GopCacheTest, ForgetsAGopThatGrowsBeyondItsLimits) {
  GopCache by_time;
  by_time.Push(Picture(0s, true));
  by_time.Push(Picture(GopCache::kMaxSpan + 1s));
  EXPECT_TRUE(by_time.empty());
  EXPECT_TRUE(by_time.overflowed());
  by_time.Push(Picture(GopCache::kMaxSpan + 2s, true));
  EXPECT_FALSE(by_time.overflowed());

  GopCache by_bytes;
  by_bytes.Push(Picture(0ms, true, GopCache::kMaxBytes / 2));
  by_bytes.Push(Picture(33ms, false, GopCache::kMaxBytes / 2 + 1));
  EXPECT_TRUE(by_bytes.empty());
}

TEST(KeyFrameIntervalEstimatorTest, ForetellsFromTheLongestOfTheLastDistances) {
  KeyFrameIntervalEstimator interval;
  interval.OnKeyFrame(0s);
  EXPECT_EQ(interval.Next(500ms), std::nullopt);
  interval.OnKeyFrame(2s);
  interval.OnKeyFrame(2500ms);  // a scene cut
  EXPECT_EQ(interval.Next(3s), 4500ms);
}

TEST(KeyFrameIntervalEstimatorTest, GivesUpOnABrokenInterval) {
  KeyFrameIntervalEstimator interval;
  interval.OnKeyFrame(0s);
  interval.OnKeyFrame(2s);
  EXPECT_EQ(interval.Next(4s), 4s);
  EXPECT_EQ(interval.Next(4600ms), std::nullopt);
}

}  // namespace
}  // namespace ingress::pipeline
