#include "pipeline/pacing/forward_rtp_time.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

TEST(ForwardRtpTimeTest, LeavesOffsetsAloneWhileRtpTimeGrows) {
  ForwardRtpTime rtp;
  EXPECT_EQ(rtp.OffsetFor(0, 1s, 500ms), 500ms);
  EXPECT_EQ(rtp.OffsetFor(0, 1s + 40ms, 495ms), 495ms);
  EXPECT_EQ(rtp.OffsetFor(0, 1s + 80ms, 456ms), 456ms) << "1 ms behind the last";
}

TEST(ForwardRtpTimeTest, AFrameCloserToTheLastThanTheOffsetShrinksComesJustBehindIt) {
  ForwardRtpTime rtp;
  ASSERT_EQ(rtp.OffsetFor(0, 1s, 500ms), 500ms);
  EXPECT_EQ(rtp.OffsetFor(0, 1s + 1ms, 495ms), 499ms + ForwardRtpTime::kLeastStep);
  EXPECT_EQ(rtp.OffsetFor(0, 1s + 2ms, 495ms), 498ms + 2 * ForwardRtpTime::kLeastStep);
  EXPECT_EQ(rtp.OffsetFor(0, 1s + 40ms, 495ms), 495ms);
}

TEST(ForwardRtpTimeTest, LayersHaveTimesOfTheirOwn) {
  ForwardRtpTime rtp;
  ASSERT_EQ(rtp.OffsetFor(2, 10s, 0ms), 0ms);
  EXPECT_EQ(rtp.OffsetFor(0, 1s, 0ms), 0ms);
  EXPECT_EQ(rtp.OffsetFor(1, -1s, 0ms), 0ms);
}

}  // namespace
}  // namespace ingress::pipeline
