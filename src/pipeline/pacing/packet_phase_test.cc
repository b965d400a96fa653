#include "pipeline/pacing/packet_phase.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr SessionTime kPacket = PacketPhase::kPacket;
constexpr auto kBeat = 20ms;
constexpr auto kAtOnce = 0ms;

SessionTime Seconds(double seconds) {
  return std::chrono::duration_cast<SessionTime>(std::chrono::duration<double>(seconds));
}

/// A source of AAC, of 1024 samples a frame, whose frames come when they begin; packets of 20 ms
/// are made of them, and begin `offset_` after whole ones.
class PacketPhaseTest : public testing::Test {
 protected:
  void Play(SessionTime length, std::chrono::milliseconds beat) {
    phase_.SetBeat(beat, now_);
    for (const SessionTime end = now_ + length; Written(next_frame_) < end;) {
      const SessionTime written = Written(next_frame_++);
      const SessionTime late{jitter_(random_)};
      now_ = beat > 0ms ? (written + late + beat - 1ns - phase_of_beat_) / beat * beat +
                              phase_of_beat_ + SessionTime(jitter_(random_)) / 4
                        : written + late;
      now_ = std::max(now_, now_before_);  // nothing overtakes
      now_before_ = now_;
      phase_.OnInput(written, now_);
      for (; packet_ + kPacket <= Written(next_frame_); packet_ += kPacket) {
        phase_.OnPacket({.payload = {}, .pts = packet_, .duration = kPacket, .key_frame = false},
                        now_);
        latest_ = std::max(latest_, now_ - packet_);
      }
    }
  }

  static SessionTime Written(int frame) { return 10s + Seconds(frame * 1024.0 / 48'000); }

  /// How late the latest packet of the next two seconds is.
  SessionTime LatestOfNext(std::chrono::milliseconds beat) {
    latest_ = SessionTime::min();
    Play(2s, beat);
    return latest_;
  }

  void Follow() { packet_ += phase_.Move(now_); }

  PacketPhase phase_;
  std::mt19937 random_{7};
  std::uniform_int_distribution<std::int64_t> jitter_{0, 0};  // nanoseconds, of arrivals
  SessionTime now_before_{};
  SessionTime phase_of_beat_{};
  SessionTime now_ = 10s;
  SessionTime packet_ = 10s;
  SessionTime latest_{};
  int next_frame_ = 0;
};

TEST_F(PacketPhaseTest, LetsPacketsBeCompleteJustBeforeABeatWhateverItsPhase) {
  for (const SessionTime phase : {0ms, 3ms, 7ms, 11ms, 15ms, 19ms}) {
    SCOPED_TRACE(phase.count());
    phase_ = PacketPhase();
    phase_of_beat_ = phase;
    const SessionTime at_once = LatestOfNext(kAtOnce);
    Play(2s, kBeat);
    Follow();
    EXPECT_LE(LatestOfNext(kBeat), at_once + PacketPhase::kWorthMoving + PacketPhase::kMargin);
    Follow();  // nothing is left to be done
    EXPECT_EQ(phase_.Move(now_ + 2s), 0ms);
  }
}

TEST_F(PacketPhaseTest, FollowsAClockThatDriftsWithAHandfulOfMoves) {
  for (const SessionTime drift : {100us, -100us, 30us, -30us}) {  // per second
    SCOPED_TRACE(drift.count());
    phase_ = PacketPhase();
    const SessionTime at_once = LatestOfNext(kAtOnce);
    SessionTime all{};
    for (int i = 0; i < 600; ++i) {
      phase_of_beat_ = (phase_of_beat_ + drift + kBeat) % SessionTime(kBeat);
      latest_ = SessionTime::min();
      Play(1s, kBeat);
      all += latest_ - at_once;
      Follow();
    }
    EXPECT_LE(phase_.moves(), 7U);
    EXPECT_LT(all / 600, 12ms);  // a beat without any moves: half a beat, and what is luck at first
  }
}

TEST_F(PacketPhaseTest, JitterMovesNothingAgainAndAgain) {
  for (const SessionTime most : {1ms, 4ms, 12ms, 30ms}) {
    for (const SessionTime phase : {0ms, 4ms, 8ms, 12ms, 16ms}) {
      SCOPED_TRACE(most / 1us);
      SCOPED_TRACE(phase / 1us);
      phase_ = PacketPhase();
      phase_of_beat_ = phase;
      jitter_ = std::uniform_int_distribution<std::int64_t>(0, most.count());
      Play(2s, kAtOnce);
      std::uint64_t settled = 0;
      for (int i = 0; i < 600; ++i) {
        Play(1s, kBeat);
        Follow();
        if (i == 60) settled = phase_.moves();
      }
      EXPECT_LE(settled, 4U);
      EXPECT_LE(phase_.moves(), 7U);
    }
  }
}

TEST_F(PacketPhaseTest, MovesNothingWithoutHavingSeenHowLongPacketsTake) {
  Play(500ms, kAtOnce);
  Play(5s, kBeat);
  EXPECT_EQ(phase_.Move(now_), 0ms);
}

TEST_F(PacketPhaseTest, MovesNothingWithoutABeatOrAtALongOne) {
  Play(2s, kAtOnce);
  EXPECT_EQ(phase_.Move(now_), 0ms);
  for (phase_of_beat_ = 0ms; phase_of_beat_ < 50ms; phase_of_beat_ += 9ms) {
    Play(2s, 50ms);
    EXPECT_EQ(phase_.Move(now_), 0ms);
  }
}

}  // namespace
}  // namespace ingress::pipeline
