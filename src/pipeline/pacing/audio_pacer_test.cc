#include "pipeline/pacing/audio_pacer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <random>
#include <vector>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr SessionTime kStart = 100s;
constexpr SessionTime kPacket = 20ms;

/// Packets of 20 ms and how late each left.
class AudioPacerTest : public testing::Test {
 protected:
  /// The next packet becomes complete so late after its time; what is due before leaves before.
  void Complete(SessionTime lateness) {
    const SessionTime now = pts_ + lateness;
    Run(now);
    now_ = now;
    pacer_.Push({.payload = {}, .pts = pts_, .duration = kPacket, .key_frame = false}, 0, now);
    pts_ += kPacket;
  }

  /// Media that came before `now`, and nothing but that, is there.
  void Tick(SessionTime now) {
    Run(now);
    now_ = now;
    pacer_.OnTick(now);
  }

  void Run(SessionTime until) {
    while (pacer_.deadline() && *pacer_.deadline() <= until) {
      now_ = *pacer_.deadline();
      pacer_.Poll(now_);
    }
  }

  /// When the last frame of AAC, of 1024 samples, that the next packet is made of is written: when
  /// it begins.
  SessionTime AacWritten() const {
    const auto end = std::chrono::duration<double>(pts_ + kPacket).count();
    constexpr double kFrame = 1024.0 / 48'000;
    const double written = (std::ceil(end / kFrame) - 1) * kFrame;
    return std::chrono::duration_cast<SessionTime>(std::chrono::duration<double>(written));
  }

  void PlayAac(int seconds) {
    for (int i = 0; i < seconds * 50; ++i) Complete(AacWritten() - pts_);
  }

  /// The same, read in batches every 20 ms.
  void PlayAacInBatches(int seconds) {
    for (int i = 0; i < seconds * 50; ++i) {
      while (tick_ < AacWritten()) Tick(tick_ += kPacket);
      Complete(tick_ - pts_);
    }
  }

  SessionTime SpreadOfLast(int packets) const {
    const auto [least, most] = std::minmax_element(left_.end() - packets, left_.end());
    return *most - *least;
  }

  SessionTime pts_ = kStart;
  SessionTime tick_ = kStart;
  SessionTime now_{};
  std::vector<SessionTime> left_;  // lateness of each
  AudioPacer pacer_{
      [this](const EncodedFrame& packet, int) { left_.push_back(now_ - packet.pts); }};
};

TEST_F(AudioPacerTest, NarrowsTheSpreadThatFramesOfAnotherLengthBring) {
  pacer_.SetBatchInterval(50ms);
  PlayAac(2);
  EXPECT_GT(SpreadOfLast(50), 18ms);
  pacer_.SetBatchInterval(0ms);
  PlayAac(3);
  EXPECT_LE(SpreadOfLast(50), AudioPacer::kSpread + 1us);
}

TEST_F(AudioPacerTest, SendsAsEvenlyAsTheBatchesThatBringMedia) {
  pacer_.SetBatchInterval(20ms);
  for (const SessionTime phase : {1ms, 7ms, 7ms}) {
    tick_ += phase;
    PlayAacInBatches(3);
    // A batch without a frame wakes nobody, and the timer is a little later.
    EXPECT_LE(SpreadOfLast(50), AudioPacer::kBatchJitter);
  }
}

TEST_F(AudioPacerTest, HoldsNothingThatIsLateAlready) {
  PlayAac(2);
  const SessionTime latest = *std::max_element(left_.end() - 50, left_.end());
  EXPECT_LE(latest, 20ms);
}

TEST_F(AudioPacerTest, DoesNotHoldForAStall) {
  for (int i = 0; i < 100; ++i) Complete(5ms);
  Complete(400ms);
  const std::size_t before = left_.size();
  for (int i = 0; i < 10; ++i) Complete(5ms + 400ms);
  ASSERT_EQ(left_.size(), before + 10);
  EXPECT_EQ(left_.back(), 405ms);
}

TEST_F(AudioPacerTest, KeepsOrderAndForgetsALateness) {
  for (int i = 0; i < 50; ++i) Complete(30ms);
  for (int i = 0; i < 100; ++i) Complete(2ms);
  EXPECT_EQ(left_.back(), 2ms);
  EXPECT_GT(*std::max_element(left_.begin() + 50, left_.begin() + 60), 20ms);
}

TEST_F(AudioPacerTest, HoldsNoPacketForLong) {
  for (int i = 0; i < 50; ++i) Complete(44ms);
  for (int i = 0; i < 5; ++i) Complete(-200ms);
  Run(pts_ + 1s);
  ASSERT_EQ(left_.size(), 55u);
  EXPECT_EQ(left_.back(), -200ms + AudioPacer::kMaxPacketHold);
}

class AudioPacerHoldTest : public testing::TestWithParam<unsigned> {};

INSTANTIATE_TEST_SUITE_P(Seeds, AudioPacerHoldTest, testing::Range(0U, 20U));

TEST_P(AudioPacerHoldTest, NoPacketIsHeldLongerThanStated) {
  std::mt19937 random(GetParam());
  const auto pick = [&random](int least, int most) {
    return std::chrono::milliseconds(std::uniform_int_distribution(least, most)(random));
  };
  SessionTime now = kStart;
  std::deque<SessionTime> pushed_at;
  SessionTime longest{};
  AudioPacer pacer([&](const EncodedFrame&, int) {
    longest = std::max(longest, now - pushed_at.front());
    pushed_at.pop_front();
  });
  for (int i = 0; i < 5000; ++i) {
    const SessionTime until = now + pick(0, 30);
    for (auto due = pacer.deadline(); due && *due <= until; due = pacer.deadline()) {
      now = std::max(now, *due);
      pacer.Poll(now);
    }
    now = until;
    if (pick(0, 100).count() == 0) pacer.SetBatchInterval(pick(0, 5) * 10);
    if (pick(0, 1).count() == 0) pacer.OnTick(now);
    pushed_at.push_back(now);
    pacer.Push({.payload = {}, .pts = now - pick(-80, 80), .duration = kPacket}, 0, now);
  }
  EXPECT_GT(longest, AudioPacer::kMaxPacketHold / 2) << "it would show nothing otherwise";
  EXPECT_LE(longest, AudioPacer::kMaxPacketHold + AudioPacer::kBatchJitter);
}

TEST_F(AudioPacerTest, LetsEverythingGoWhenItNeedNotHold) {
  for (int i = 0; i < 50; ++i) Complete(20ms);
  Complete(0ms);
  ASSERT_EQ(left_.size(), 50u);
  pacer_.SetBatchInterval(50ms);
  pacer_.OnTick(now_);
  EXPECT_EQ(left_.size(), 51u);
  EXPECT_FALSE(pacer_.deadline());
}

}  // namespace
}  // namespace ingress::pipeline
