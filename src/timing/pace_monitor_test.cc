#include "timing/pace_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace ingress {
namespace {

using namespace std::chrono_literals;
using enum PaceMonitor::Verdict;

constexpr double kFrames = 30;         // per second of media
constexpr double kFrameBytes = 7'000;  // with one key frame of 7 times that per 2 s: 1.8 Mb/s
constexpr double kKeyFrameBytes = 7 * kFrameBytes;

/// Bytes of the first `media` seconds.
double BytesUntil(double media) {
  return std::floor(media * kFrames) * kFrameBytes +
         std::floor(media / 2 + 1) * (kKeyFrameBytes - kFrameBytes);
}

class PaceMonitorTest : public testing::Test {
 protected:
  /// An encoder at `pace` for so long.
  void Encode(double pace, double seconds) {
    const double until = at_ + seconds;
    for (; at_ < until; at_ += 0.1) {
      media_ += 0.1 * pace;
      input_.messages += 3;
      Poll(pace);
    }
  }

  /// An upload of so many bytes per second.
  void Upload(double rate, double seconds, double pace, std::uint64_t late = 0) {
    const double until = at_ + seconds;
    for (; at_ < until; at_ += 0.1) {
      carried_ = std::max(carried_, BytesUntil(media_)) + rate * 0.1;
      while (BytesUntil(media_ + 1 / kFrames) <= carried_) media_ += 1 / kFrames;
      input_.messages += 1;
      input_.late += late;
      Poll(pace, carried_);
    }
  }

  void Poll(std::optional<double> pace, std::optional<double> bytes = {}) {
    input_.pace = pace;
    input_.media = std::chrono::duration_cast<SessionTime>(std::chrono::duration<double>(media_));
    input_.bytes = static_cast<std::uint64_t>(bytes.value_or(BytesUntil(media_)));
    monitor_.Poll(input_, TimePoint() + std::chrono::milliseconds(std::lround(at_ * 1000)));
  }

  PaceMonitor monitor_;
  PaceMonitor::Input input_;
  double at_ = 0;
  double media_ = 0;
  double carried_ = 0;
};

TEST_F(PaceMonitorTest, RealTimeIsNoNews) {
  for (const double pace : {1.0, 0.99, 1.01, 1.0}) Encode(pace, 10);
  EXPECT_EQ(monitor_.verdict(), kRealTime);
  EXPECT_EQ(monitor_.Detail(), "");
}

TEST_F(PaceMonitorTest, TellsASlowEncoderAfterSecondsAndThatItIsOver) {
  Encode(1, 5);
  Encode(0.9, 3);
  EXPECT_EQ(monitor_.verdict(), kRealTime);
  Encode(0.9, 5);
  EXPECT_EQ(monitor_.verdict(), kEncoderSlow);
  EXPECT_EQ(monitor_.Detail(), "0.90x real time");
  Encode(1, 5);
  EXPECT_EQ(monitor_.verdict(), kRealTime);
}

TEST_F(PaceMonitorTest, TellsAFastEncoderAndAFile) {
  Encode(1.2, 6);
  EXPECT_EQ(monitor_.verdict(), kEncoderFast);
  EXPECT_EQ(monitor_.Detail(), "1.20x real time");
  Encode(20, 6);
  EXPECT_EQ(monitor_.Detail(), "20x real time");
}

TEST_F(PaceMonitorTest, TellsAnUploadByItsEvenBytes) {
  for (const double rate : {0.6, 0.75, 0.9}) {
    SCOPED_TRACE(rate);
    monitor_ = {};
    input_ = {};
    at_ = media_ = carried_ = 0;
    Upload(rate * BytesUntil(100) / 100, 12, rate);
    EXPECT_EQ(monitor_.verdict(), kUploadTooSlow);
  }
}

TEST_F(PaceMonitorTest, TellsAVeryThinUploadByItsPace) {
  const double needed = BytesUntil(100) / 100;
  Upload(0.25 * needed, 16, 0.25, 1);
  EXPECT_EQ(monitor_.verdict(), kUploadTooSlow);
  EXPECT_THAT(monitor_.Detail(),
              testing::MatchesRegex("0.5 of 1.(7|8|9) Mb/s arrive, so 3[5-9]0 kb/s would do"));
}

TEST_F(PaceMonitorTest, TellsAThinUploadWhosePaceIsUneven) {
  const double until = 12;
  for (; at_ < until; at_ += 0.1) {
    media_ += 0.05;
    input_.messages += 2;
    input_.late += 1;
    Poll(std::nullopt);
  }
  EXPECT_EQ(monitor_.verdict(), kUploadTooSlow);
}

TEST_F(PaceMonitorTest, AStallIsNoPace) {
  for (int i = 0; i < 20; ++i) {
    Encode(1, 3);
    for (int j = 0; j < 40; ++j, at_ += 0.1) Poll(std::nullopt);
    EXPECT_EQ(monitor_.verdict(), kRealTime);
  }
}

TEST_F(PaceMonitorTest, AShortCatchUpIsNoFastEncoder) {
  for (int i = 0; i < 10; ++i) {
    Encode(1, 5);
    Encode(3, 2.5);
    EXPECT_EQ(monitor_.verdict(), kRealTime);
  }
}

}  // namespace
}  // namespace ingress
