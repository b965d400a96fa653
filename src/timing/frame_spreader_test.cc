#include "timing/frame_spreader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace ingress {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

SessionTime AacFrame(int rate) { return SessionTime(std::int64_t{1024} * std::nano::den / rate); }

double Milliseconds(SessionTime time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// An encoder that writes frames in bunches; timestamps in whole milliseconds.
struct Encoder {
  SessionTime frame = AacFrame(48'000);
  int bunch = 10;
  /// The timestamp of frame `index`; `first` and `last` of its bunch.
  std::function<SessionTime(const Encoder& encoder, int index, int first, int last)> timestamp =
      [](const Encoder& encoder, int, int first, int) { return first * encoder.frame; };
};

/// How far the times of frames lie behind the true ones, in milliseconds.
std::vector<double> Errors(const Encoder& encoder, milliseconds length, bool video = true) {
  FrameSpreader spreader;
  std::vector<double> errors;
  for (int i = 0; i * encoder.frame < length; ++i) {
    const int first = i / encoder.bunch * encoder.bunch;
    const int last = first + encoder.bunch - 1;
    const SessionTime media =
        std::chrono::floor<milliseconds>(encoder.timestamp(encoder, i, first, last));
    const SessionTime arrival = (last + 1) * encoder.frame;  // the last is complete
    const auto due = video ? std::optional(arrival) : std::nullopt;
    const SessionTime time = spreader.Place(media, encoder.frame, due);
    errors.push_back(Milliseconds(time - i * encoder.frame));
  }
  return errors;
}

/// What is cut or filled between two frames, at most, from frame `from` on.
double WorstStep(const std::vector<double>& errors, std::size_t from = 1) {
  double worst = 0;
  for (std::size_t i = from; i < errors.size(); ++i) {
    worst = std::max(worst, std::abs(errors[i] - errors[i - 1]));
  }
  return worst;
}

TEST(FrameSpreaderTest, SpreadsBunchesOfOneTimestamp) {
  for (const int rate : {48'000, 44'100, 22'050, 11'025}) {
    for (const int bunch : {2, 3, 5, 10, 25, 50}) {
      SCOPED_TRACE(std::to_string(rate) + " Hz, " + std::to_string(bunch));
      const Encoder encoder{.frame = AacFrame(rate), .bunch = bunch};
      if (bunch * encoder.frame > FrameSpreader::kMaxSpread) continue;
      for (const bool video : {true, false}) {
        const std::vector<double> errors = Errors(encoder, 30s, video);
        // Two frames lie within the jitter at first, which the receiver of these times tolerates.
        EXPECT_LT(WorstStep(errors), Milliseconds(FrameSpreader::kJitter) + 1);
        for (const double error : errors) {
          ASSERT_GT(error, -Milliseconds(FrameSpreader::kJitter) - 1);
          ASSERT_LT(error, 2);
        }
      }
    }
  }
}

TEST(FrameSpreaderTest, LaysBunchesOfTheTimeOfSendingEarlier) {
  for (const int bunch : {3, 5, 10, 25, 50}) {
    SCOPED_TRACE(bunch);
    const std::vector<double> errors =
        Errors({.bunch = bunch,
                .timestamp = [](const Encoder& encoder, int, int,
                                int last) { return last * encoder.frame; }},
               30s);
    // Settled with the first bunch.
    for (std::size_t i = static_cast<std::size_t>(bunch); i < errors.size(); ++i) {
      ASSERT_LT(errors[i], Milliseconds(FrameSpreader::kMaxEarly) + 1) << i;
      ASSERT_GT(errors[i], -2) << i;
    }
    EXPECT_LT(WorstStep(errors, static_cast<std::size_t>(bunch)), 2);
  }
}

TEST(FrameSpreaderTest, EvensOutRoundedTimestamps) {
  for (const int rate : {48'000, 44'100, 22'050, 11'025}) {
    for (const SessionTime step : {23ms, 40ms, 100ms}) {
      SCOPED_TRACE(std::to_string(rate) + " Hz, " + std::to_string(step / 1ms));
      const std::vector<double> errors =
          Errors({.frame = AacFrame(rate),
                  .bunch = 1,
                  .timestamp = [step](const Encoder& encoder, int index, int,
                                      int) { return index * encoder.frame / step * step; }},
                 60s);
      EXPECT_LT(WorstStep(errors), 50);
      // Settled: as even as they can be, and nowhere far off.
      for (std::size_t i = errors.size() / 10; i < errors.size(); ++i) {
        ASSERT_LT(errors[i], 10) << i;
        ASSERT_GT(errors[i], -50) << i;
      }
    }
  }
}

TEST(FrameSpreaderTest, SpreadsFramesThatOverlapALittle) {
  for (const double share : {0.5, 0.7, 0.9}) {
    SCOPED_TRACE(share);
    const std::vector<double> errors =
        Errors({.timestamp =
                    [share](const Encoder& encoder, int index, int first, int) {
                      return first * encoder.frame +
                             SessionTime(std::llround((index - first) * share *
                                                      static_cast<double>(encoder.frame.count())));
                    }},
               30s);
    EXPECT_LT(WorstStep(errors), Milliseconds(FrameSpreader::kJitter) + 1);
    for (const double error : errors) ASSERT_LT(std::abs(error), 32);
  }
}

TEST(FrameSpreaderTest, LeavesOrdinaryTimestampsAlone) {
  FrameSpreader spreader;
  const SessionTime frame = AacFrame(44'100);
  for (int i = 0; i < 20'000; ++i) {
    // Of a clock that drifts by two in ten thousand, with some jitter.
    const SessionTime media =
        std::chrono::round<milliseconds>(i * frame * 10'002 / 10'000) + (i % 3 == 0 ? 12ms : 0ms);
    ASSERT_EQ(spreader.Place(media, frame, media + 30ms), media) << i;
    EXPECT_EQ(spreader.bunch(), 0ms);
  }
}

TEST(FrameSpreaderTest, LeavesHolesWhereTheyAre) {
  for (const int bunch : {1, 10}) {
    SCOPED_TRACE(bunch);
    FrameSpreader spreader;
    const SessionTime frame = AacFrame(48'000);
    for (int i = 0; i < 500; ++i) {
      const SessionTime hole = i < 200 ? 0ms : 700ms;
      const SessionTime first = i / bunch * bunch * frame + hole;
      const SessionTime time = spreader.Place(first, frame, first + bunch * frame);
      // Of the first bunch two frames lie within the jitter.
      ASSERT_NEAR(Milliseconds(time - i * frame - hole), 0, i < 10 ? 22 : 1) << i;
    }
  }
}

TEST(FrameSpreaderTest, FollowsADriftingClockInBunches) {
  for (const int parts : {1'000'500, 999'500}) {
    SCOPED_TRACE(parts);
    FrameSpreader spreader;
    const SessionTime frame = AacFrame(48'000);
    for (int i = 0; i < 60'000; ++i) {
      const SessionTime first = i / 10 * 10 * frame * parts / 1'000'000;
      const SessionTime time = spreader.Place(first, frame, first + 11 * frame);
      ASSERT_NEAR(Milliseconds(time - i * frame * parts / 1'000'000), 0, i < 10 ? 22 : 12) << i;
    }
  }
}

TEST(FrameSpreaderTest, WorksASurplusOffSlowlyWhereAudioComesAsFastAsItPlays) {
  FrameSpreader spreader;
  const SessionTime frame = AacFrame(48'000);
  SessionTime last{};
  int leaps = 0;
  for (int i = 0; i < 2'000; ++i) {
    const SessionTime media =
        i * frame - (i < 200 ? 0ms : 300ms);  // the encoder set its clock back
    const SessionTime time = spreader.Place(media, frame, (i + 1) * frame);
    const double step = Milliseconds(time - last - frame);
    ASSERT_TRUE(i == 0 || std::abs(step) < Milliseconds(FrameSpreader::kJitter) + 1) << i;
    if (i > 0 && step < -1.2) ++leaps;
    last = time;
  }
  EXPECT_LE(leaps, 1);
  EXPECT_NEAR(Milliseconds(last - 1'999 * frame), -300, 1);
}

TEST(FrameSpreaderTest, CutsASurplusThatStays) {
  FrameSpreader spreader;
  const SessionTime frame = AacFrame(48'000);
  for (int i = 0; i < 1'000; ++i) spreader.Place(i * frame, frame, (i + 1) * frame);
  // Twice as many frames as there is time.
  SessionTime time{};
  for (int i = 0; i < 1'000; ++i) {
    const SessionTime media = 1'000 * frame + i / 2 * frame;
    time = spreader.Place(media, frame, media + frame);
    ASSERT_LE(time, media + FrameSpreader::kMaxEarly) << i;
  }
}

TEST(FrameSpreaderTest, FollowsTimestampsWhereDurationsAreNotKnown) {
  FrameSpreader spreader;
  for (int i = 0; i < 100; ++i) {
    const SessionTime media = i / 10 * 200ms;
    EXPECT_EQ(spreader.Place(media, 0ms, media), media);
  }
}

TEST(FrameSpreaderTest, FollowsAClockThatStandsStillOnlyForAWhile) {
  FrameSpreader spreader;
  const SessionTime frame = AacFrame(48'000);
  SessionTime time{};
  for (int i = 0; i < 1'000; ++i) {
    time = spreader.Place(5s, frame, std::nullopt);
    ASSERT_LE(time - 5s, FrameSpreader::kMaxSpread + frame);
  }
}

TEST(FrameSpreaderTest, TellsHowLongABunchIs) {
  FrameSpreader spreader;
  const SessionTime frame = AacFrame(48'000);
  for (int i = 0; i < 100; ++i) spreader.Place(i / 10 * 10 * frame, frame, std::nullopt);
  EXPECT_NEAR(Milliseconds(spreader.bunch()), 192, 1);
  for (int i = 100; i < 500; ++i) spreader.Place(i * frame, frame, std::nullopt);
  EXPECT_EQ(spreader.bunch(), 0ms);
}

}  // namespace
}  // namespace ingress
