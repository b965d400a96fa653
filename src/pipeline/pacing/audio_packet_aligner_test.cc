#include "pipeline/pacing/audio_packet_aligner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr SessionTime kPacket = AudioPacketAligner::kPacket;
constexpr auto kBatchInterval = 20ms;
constexpr auto kAtOnce = 0ms;

SessionTime Seconds(double seconds) {
  return std::chrono::duration_cast<SessionTime>(std::chrono::duration<double>(seconds));
}

/// A source of AAC, of 1024 samples a frame, whose frames come when they begin; packets of 20 ms
/// are made of them, and begin `offset_` after whole ones.
class AudioPacketAlignerTest : public testing::Test {
 protected:
  void Play(SessionTime length, std::chrono::milliseconds batch_interval) {
    aligner_.SetBatchInterval(batch_interval, now_);
    for (const SessionTime end = now_ + length; Written(next_frame_) < end;) {
      const SessionTime written = Written(next_frame_++);
      const SessionTime late{jitter_(random_)};
      now_ = batch_interval > 0ms ? (written + late + batch_interval - 1ns - batch_phase_) /
                                            batch_interval * batch_interval +
                                        batch_phase_ + SessionTime(jitter_(random_)) / 4
                                  : written + late;
      now_ = std::max(now_, now_before_);  // nothing overtakes
      now_before_ = now_;
      aligner_.OnInput(written, now_);
      for (; packet_ + kPacket <= Written(next_frame_); packet_ += kPacket) {
        aligner_.OnPacket({.payload = {}, .pts = packet_, .duration = kPacket, .key_frame = false},
                          now_);
        latest_ = std::max(latest_, now_ - packet_);
      }
    }
  }

  static SessionTime Written(int frame) { return 10s + Seconds(frame * 1024.0 / 48'000); }

  /// How late the latest packet of the next two seconds is.
  SessionTime LatestOfNext(std::chrono::milliseconds batch_interval) {
    latest_ = SessionTime::min();
    Play(2s, batch_interval);
    return latest_;
  }

  void Follow() { packet_ += aligner_.Move(now_); }

  AudioPacketAligner aligner_;
  std::mt19937 random_{7};
  std::uniform_int_distribution<std::int64_t> jitter_{0, 0};  // nanoseconds, of arrivals
  SessionTime now_before_{};
  SessionTime batch_phase_{};
  SessionTime now_ = 10s;
  SessionTime packet_ = 10s;
  SessionTime latest_{};
  int next_frame_ = 0;
};

TEST_F(AudioPacketAlignerTest, LetsPacketsBeCompleteJustBeforeABatchWhateverItsPhase) {
  for (const SessionTime phase : {0ms, 3ms, 7ms, 11ms, 15ms, 19ms}) {
    SCOPED_TRACE(phase.count());
    aligner_ = AudioPacketAligner();
    batch_phase_ = phase;
    const SessionTime at_once = LatestOfNext(kAtOnce);
    Play(2s, kBatchInterval);
    Follow();
    EXPECT_LE(LatestOfNext(kBatchInterval),
              at_once + AudioPacketAligner::kWorthMoving + AudioPacketAligner::kReadyMargin);
    Follow();  // nothing is left to be done
    EXPECT_EQ(aligner_.Move(now_ + 2s), 0ms);
  }
}

TEST_F(AudioPacketAlignerTest, FollowsAClockThatDriftsWithAHandfulOfMoves) {
  for (const SessionTime drift : {100us, -100us, 30us, -30us}) {  // per second
    SCOPED_TRACE(drift.count());
    aligner_ = AudioPacketAligner();
    const SessionTime at_once = LatestOfNext(kAtOnce);
    SessionTime all{};
    for (int i = 0; i < 600; ++i) {
      batch_phase_ = (batch_phase_ + drift + kBatchInterval) % SessionTime(kBatchInterval);
      latest_ = SessionTime::min();
      Play(1s, kBatchInterval);
      all += latest_ - at_once;
      Follow();
    }
    EXPECT_LE(aligner_.moves(), 7U);
    EXPECT_LT(all / 600, 12ms);  // without any moves: half an interval, and what is luck at first
  }
}

TEST_F(AudioPacketAlignerTest, JitterMovesNothingAgainAndAgain) {
  for (const SessionTime most : {1ms, 4ms, 12ms, 30ms}) {
    for (const SessionTime phase : {0ms, 4ms, 8ms, 12ms, 16ms}) {
      SCOPED_TRACE(most / 1us);
      SCOPED_TRACE(phase / 1us);
      aligner_ = AudioPacketAligner();
      batch_phase_ = phase;
      jitter_ = std::uniform_int_distribution<std::int64_t>(0, most.count());
      Play(2s, kAtOnce);
      std::uint64_t settled = 0;
      for (int i = 0; i < 600; ++i) {
        Play(1s, kBatchInterval);
        Follow();
        if (i == 60) settled = aligner_.moves();
      }
      EXPECT_LE(settled, 4U);
      EXPECT_LE(aligner_.moves(), 7U);
    }
  }
}

TEST_F(AudioPacketAlignerTest, MovesNothingWithoutHavingSeenHowLongPacketsTake) {
  Play(500ms, kAtOnce);
  Play(5s, kBatchInterval);
  EXPECT_EQ(aligner_.Move(now_), 0ms);
}

TEST_F(AudioPacketAlignerTest, MovesNothingWithoutBatchesOrInLongOnes) {
  Play(2s, kAtOnce);
  EXPECT_EQ(aligner_.Move(now_), 0ms);
  for (batch_phase_ = 0ms; batch_phase_ < 50ms; batch_phase_ += 9ms) {
    Play(2s, 50ms);
    EXPECT_EQ(aligner_.Move(now_), 0ms);
  }
}

}  // namespace
}  // namespace ingress::pipeline
