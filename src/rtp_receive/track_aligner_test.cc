#include "rtp_receive/track_aligner.h"

#include <gtest/gtest.h>

#include <cmath>

#include "rtp/ntp.h"

namespace ingress::rtp_receive {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};
constexpr WallTime kWall{std::chrono::seconds(1'700'000'000)};

/// A sender of one track whose capture clock is time since kStart.
class Track {
 public:
  Track(TrackKind kind, std::uint32_t rate, std::uint32_t first)
      : kind_(kind), rate_(rate), first_(first), stream_(rate) {}

  std::uint32_t Stamp(Clock::duration captured) const {
    const double seconds = std::chrono::duration<double>(captured).count();
    return first_ + static_cast<std::uint32_t>(std::llround(seconds * rate_));
  }

  /// Where a frame that was captured at `captured` and came after `delay` is put, less its capture:
  /// equal for both tracks where they are in sync.
  std::chrono::duration<double, std::milli> Place(TrackAligner& aligner, Clock::duration captured,
                                                  Clock::duration delay = 20ms) {
    const auto placed = aligner.Place(kind_, stream_, Stamp(captured), kStart + captured + delay);
    EXPECT_EQ(placed.clock, kReceiveClock);
    return MediaTicks(static_cast<std::int64_t>(placed.ticks)) - captured;
  }

  /// The sender says that what was captured at `captured` was so on its wall clock, `off` aside.
  void Report(Clock::duration captured, Clock::duration off = 0ms) {
    stream_.clock.OnReport(
        {.ntp = rtp::ToNtp(kWall + std::chrono::duration_cast<WallTime::duration>(captured + off)),
         .rtp_timestamp = Stamp(captured)});
  }

  TrackAligner::Stream& stream() { return stream_; }

 private:
  TrackKind kind_;
  std::uint32_t rate_;
  std::uint32_t first_;
  TrackAligner::Stream stream_;
};

class TrackAlignerTest : public ::testing::Test {
 protected:
  /// How much later video is put than audio of the same capture time, at `now`.
  double Skew(Clock::duration now, Clock::duration video_delay = 20ms,
              Clock::duration audio_delay = 20ms) {
    const auto audio = audio_.Place(aligner_, now, audio_delay);
    return (video_.Place(aligner_, now, video_delay) - audio).count();
  }

  TrackAligner aligner_{kStart};
  // Both wrap within the tests.
  Track audio_{TrackKind::kAudio, 48'000, 0xffffffff - 48'000 * 3};
  Track video_{TrackKind::kVideo, 90'000, 0xffffffff - 90'000 * 5};
};

TEST_F(TrackAlignerTest, LaysBothByArrivalWithoutReports) {
  for (auto now = 0ms; now < 60s; now += 20ms) EXPECT_NEAR(Skew(now), 0, 0.1);
}

TEST_F(TrackAlignerTest, FollowsTheLeastDelayedArrivals) {
  EXPECT_NEAR(Skew(0ms, 80ms), 60, 0.1);  // the first picture was under way for longer
  double skew = 0;
  for (auto now = 20ms; now < 10s; now += 20ms) {
    const double before = skew;
    skew = Skew(now, now % 200ms == 0ms ? 20ms : 55ms);
    if (now > 20ms) EXPECT_LE(std::abs(skew - before), 0.21);
  }
  EXPECT_LE(std::abs(skew), 16);
}

TEST_F(TrackAlignerTest, UsesReportsThatCameBeforeTheSecondTrack) {
  audio_.Place(aligner_, 0ms);
  audio_.Report(0ms);
  video_.Report(0ms);  // before its first packet
  const auto audio = audio_.Place(aligner_, 20ms);
  EXPECT_NEAR((video_.Place(aligner_, 20ms, 300ms) - audio).count(), 0, 0.1);
}

TEST_F(TrackAlignerTest, ReachesWhatReportsSayTenMillisecondsASecond) {
  double skew = Skew(0ms, 140ms);  // by arrival video is 120 ms late …
  for (auto now = 20ms; now < 2s; now += 20ms) skew = Skew(now, 140ms);
  EXPECT_NEAR(skew, 120, 0.1);
  audio_.Report(2s);
  video_.Report(2s);  // … and it is not so
  for (auto now = 2'000ms; now <= 14s; now += 20ms) {
    const double before = skew;
    skew = Skew(now, 140ms);
    EXPECT_LE(std::abs(skew - before), 0.201);
  }
  EXPECT_LE(std::abs(skew), 4);
}

TEST_F(TrackAlignerTest, NeverMovesAudio) {
  const double at_first = audio_.Place(aligner_, 0ms).count();
  for (auto now = 20ms; now < 30s; now += 20ms) {
    if (now % 1s == 0ms) {
      audio_.Report(now, 70ms);
      video_.Report(now);
    }
    EXPECT_NEAR(audio_.Place(aligner_, now).count(), at_first, 0.1);
    video_.Place(aligner_, now, 90ms);
  }
}

TEST_F(TrackAlignerTest, AudioThatBeginsLaterFitsTheVideo) {
  for (auto now = 0ms; now < 5s; now += 20ms) video_.Place(aligner_, now, 50ms);
  EXPECT_NEAR(Skew(5s, 50ms, 50ms), 0, 0.1);
}

TEST_F(TrackAlignerTest, IgnoresReportsThatContradictArrivalsBySeconds) {
  for (auto now = 0ms; now < 20s; now += 20ms) {
    if (now % 1s == 0ms) {
      audio_.Report(now);
      video_.Report(now, 5s);
    }
    EXPECT_NEAR(Skew(now), 0, 0.1);
  }
}

TEST_F(TrackAlignerTest, IgnoresAReportThatFitsNoOther) {
  for (auto now = 0ms; now < 20s; now += 20ms) {
    if (now % 1s == 0ms) {
      audio_.Report(now);
      video_.Report(now, now % 5s == 3s ? -400ms : 0ms);  // steps back, and forward again
    }
    EXPECT_LE(std::abs(Skew(now)), 4);
  }
}

TEST_F(TrackAlignerTest, FollowsASenderWhoseWallClockWasSet) {
  for (auto now = 0ms; now < 20s; now += 20ms) {
    if (now % 1s == 0ms) {
      audio_.Report(now, now >= 5s ? -1h : 0ms);
      video_.Report(now, now >= 5s ? -1h : 0ms);
    }
    EXPECT_LE(std::abs(Skew(now)), 4);
  }
}

TEST_F(TrackAlignerTest, LaysAStreamWhoseTimestampsJumpWhereItWas) {
  for (auto now = 0ms; now < 5s; now += 20ms) Skew(now);
  Track other(TrackKind::kVideo, 90'000, 1'234'567'890);
  // The same stream with other timestamps.
  const auto placed =
      aligner_.Place(TrackKind::kVideo, video_.stream(), other.Stamp(5s), kStart + 5s + 20ms);
  const auto audio = audio_.Place(aligner_, 5s);
  const std::chrono::duration<double, std::milli> at =
      MediaTicks(static_cast<std::int64_t>(placed.ticks)) - Clock::duration(5s);
  EXPECT_NEAR((at - audio).count(), 0, 0.1);
}

TEST_F(TrackAlignerTest, ForgetsAStreamThatLed) {
  {
    Track first(TrackKind::kAudio, 48'000, 5);
    first.Place(aligner_, 0ms);
    aligner_.Forget(first.stream());
  }
  video_.Place(aligner_, 20ms);
  EXPECT_NEAR(Skew(40ms), 0, 0.1);
}

TEST_F(TrackAlignerTest, KeepsTheDriftBetweenTheTracksWithinWhatArrivalsWaver) {
  // Audio's clock runs 100 ppm fast for two hours and nobody reports.
  double worst = 0;
  for (auto now = 0ms; now < 2h; now += 100ms) {
    const auto fast = std::chrono::duration_cast<Clock::duration>(now * 1.0001);
    const auto audio =
        aligner_.Place(TrackKind::kAudio, audio_.stream(), audio_.Stamp(fast), kStart + now + 20ms);
    const auto video =
        aligner_.Place(TrackKind::kVideo, video_.stream(), video_.Stamp(now), kStart + now + 20ms);
    const std::chrono::duration<double, std::milli> skew =
        MediaTicks(stream::TicksBetween(audio, video));
    worst = std::max(worst, std::abs(skew.count()));
  }
  EXPECT_LE(worst, 16);
}

}  // namespace
}  // namespace ingress::rtp_receive
