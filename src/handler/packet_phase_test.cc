#include "handler/packet_phase.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ingress::handler {
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
      now_ = beat > 0ms ? (written + beat - 1ns - phase_of_beat_) / beat * beat + phase_of_beat_
                        : written;
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
  SessionTime phase_of_beat_{};
  SessionTime now_ = 10s;
  SessionTime packet_ = 10s;
  SessionTime latest_{};
  int next_frame_ = 0;
};

TEST_F(PacketPhaseTest, LetsPacketsBeCompleteJustBeforeABeatWhateverItsPhase) {
  for (const SessionTime phase : {0ms, 3ms, 7ms, 11ms, 15ms, 19ms}) {
    SCOPED_TRACE(phase.count());
    phase_of_beat_ = phase;
    const SessionTime at_once = LatestOfNext(kAtOnce);
    Play(2s, kBeat);
    Follow();
    EXPECT_LE(LatestOfNext(kBeat), at_once + PacketPhase::kWorthMoving + PacketPhase::kMargin);
    Follow();  // nothing is left to be done
    EXPECT_EQ(phase_.Move(now_ + 2s), 0ms);
  }
}

TEST_F(PacketPhaseTest, FollowsAClockThatDrifts) {
  const SessionTime at_once = LatestOfNext(kAtOnce);
  for (int i = 0; i < 60; ++i) {
    phase_of_beat_ = (phase_of_beat_ + 1ms) % SessionTime(kBeat);
    const SessionTime latest = LatestOfNext(kBeat);
    EXPECT_LE(latest, at_once + PacketPhase::kWorthMoving + PacketPhase::kMargin + 2ms) << i;
    Follow();
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
}  // namespace ingress::handler
