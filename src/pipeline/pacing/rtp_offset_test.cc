#include "pipeline/pacing/rtp_offset.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(RtpOffsetTest, HoldsFromAPresentationTimeOn) {
  RtpOffset offset;
  EXPECT_EQ(offset.At(5s), 0ms);
  offset.Move(10s, 200ms);
  offset.Move(20s, 300ms);
  EXPECT_EQ(offset.At(10s), 0ms);
  EXPECT_EQ(offset.At(10s + 1ns), 200ms);
  EXPECT_EQ(offset.At(20s), 200ms);
  EXPECT_EQ(offset.At(21s), 500ms);
  offset.Move(30s, -100ms);
  EXPECT_EQ(offset.At(31s), 400ms);
}

TEST(RtpOffsetTest, CanBeSetFromAFrameOn) {
  RtpOffset offset;
  offset.SetFrom(10s, 0ms);
  offset.SetFrom(11s, 200ms);
  offset.SetFrom(12s, 200ms);
  EXPECT_EQ(offset.At(11s - 1ns), 0ms);
  EXPECT_EQ(offset.At(11s), 200ms);
  EXPECT_EQ(offset.At(13s), 200ms);
}

TEST(RtpOffsetTest, ForgetsTheOldestMoveButNotItsEffect) {
  RtpOffset offset;
  for (int i = 1; i <= 100; ++i) offset.Move(i * 1s, 5ms);
  EXPECT_EQ(offset.At(101s), 500ms);
  EXPECT_EQ(offset.At(95s), 470ms);
  EXPECT_EQ(offset.At(1s), 420ms);
}

}  // namespace
}  // namespace ingress::pipeline
