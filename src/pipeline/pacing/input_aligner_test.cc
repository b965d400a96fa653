#include "pipeline/pacing/input_aligner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "stream/testing/timestamps.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using enum TrackKind;

constexpr double kVideoStep = 1.0 / 30;
constexpr double kAudioStep = 1024.0 / 48'000;
constexpr double kFreezeAt = 0.4;

SessionTime Time(double seconds) {
  return std::chrono::duration_cast<SessionTime>(std::chrono::duration<double>(seconds));
}

double InSeconds(SessionTime time) { return std::chrono::duration<double>(time).count(); }

/// A simulated encoder and line. Times in seconds.
struct Source {
  double length = 30;
  /// When media captured at `t` is sent; empty: never.
  std::function<std::optional<double>(double t)> video = [](double t) { return t; };
  std::function<std::optional<double>(double t)> audio = [](double t) { return t; };
  /// What the line adds. Nothing overtakes.
  std::function<double(double sent)> line = [](double) { return 0.0; };
  /// What stands in the message as its time.
  std::function<double(double t)> number = [](double t) { return t; };
  double frames_per_second = 1 / kVideoStep;
  /// The same for audio, where that is another.
  std::function<double(double t)> audio_number = {};
};

struct Left {
  TrackKind kind;
  double captured;
  double at;
  double rtp;
};

class InputAlignerTest : public testing::Test {
 protected:
  struct Message {
    TrackKind kind;
    double captured;
    double at;
  };

  void Play(const Source& source) {
    std::vector<Message> messages;
    Add(messages, kAudio, kAudioStep, source.length, source.audio);
    Add(messages, kVideo, 1 / source.frames_per_second, source.length, source.video);
    std::ranges::sort(messages, {}, [](const Message& message) {
      return std::pair(message.at, message.captured);
    });
    double before = 0;
    for (Message& message : messages) {
      before = message.at = std::max(before, message.at + source.line(message.at));
    }
    bool frozen = false;
    for (const Message& message : messages) {
      if (!frozen && message.at >= kFreezeAt) {
        frozen = true;
        timeline_.Freeze();
        aligner_.Freeze();
      }
      const bool own = message.kind == kAudio && source.audio_number;
      Come(message, (own ? source.audio_number : source.number)(message.captured));
    }
    RunTimers(Time(before + 5));
  }

  /// By how much audio left later than pictures of its time, at most, in this part of the capture.
  double FurthestApart(double from, double to) const {
    double furthest = 0;
    for (const Left& audio : left_) {
      if (audio.kind != kAudio || audio.captured < from || audio.captured >= to) continue;
      const Left* picture = nullptr;
      for (const Left& left : left_) {
        if (left.kind != kVideo || std::abs(left.captured - audio.captured) > kVideoStep) continue;
        picture = &left;
      }
      if (picture == nullptr) continue;
      furthest = std::max(
          furthest, std::abs((audio.at - audio.captured) - (picture->at - picture->captured)));
    }
    return furthest;
  }

  /// How much longer one message of `kind` was under way than another.
  double Spread(TrackKind kind, double from, double to) const {
    double least = 1e9;
    double most = -1e9;
    for (const Left& left : left_) {
      if (left.kind != kind || left.captured < from || left.captured >= to) continue;
      least = std::min(least, left.at - left.captured);
      most = std::max(most, left.at - left.captured);
    }
    return most - least;
  }

  std::size_t Count(TrackKind kind, double from, double to) const {
    return static_cast<std::size_t>(std::ranges::count_if(left_, [&](const Left& left) {
      return left.kind == kind && left.captured >= from && left.captured < to;
    }));
  }

  Timeline timeline_;
  std::vector<Left> left_;
  SessionTime largest_delay_{};
  SessionTime longest_hold_{};
  std::size_t most_held_ = 0;
  SessionTime now_{};
  InputAligner aligner_;

 private:
  static void Add(std::vector<Message>& messages, TrackKind kind, double step, double length,
                  const std::function<std::optional<double>(double)>& sent) {
    for (int i = 0; i * step < length; ++i) {
      if (const auto at = sent(i * step)) messages.push_back({kind, i * step, *at});
    }
  }

  void Come(const Message& message, double number) {
    RunTimers(Time(message.at));
    now_ = Time(message.at);
    timeline_.Allow(aligner_.delay());
    const auto milliseconds = static_cast<std::uint32_t>(std::lround(number * 1000));
    const SessionTime duration = message.kind == kAudio ? Time(kAudioStep) : SessionTime{0};
    const Placed placed = timeline_.Map(message.kind, stream::AtMs(milliseconds), now_, duration);
    const auto leave = [=, this, came = now_] {
      longest_hold_ = std::max(longest_hold_, now_ - came);
      Leave(message.kind, message.captured, placed);
    };
    aligner_.Observe(message.kind, placed, now_);
    if (aligner_.Passes(message.kind, placed, now_)) {
      leave();
    } else {
      aligner_.Hold(message.kind, placed, 1000, now_, leave);
    }
    largest_delay_ = std::max(largest_delay_, aligner_.delay());
    most_held_ = std::max(most_held_, aligner_.held_bytes());
  }

  void RunTimers(SessionTime until) {
    for (auto due = aligner_.deadline(); due && *due <= until; due = aligner_.deadline()) {
      now_ = std::max(now_, *due);
      aligner_.Poll(now_);
    }
  }

  void Leave(TrackKind kind, double captured, const Placed& placed) {
    if (!placed.live) return;
    const SessionTime rtp = placed.time + aligner_.RtpOffsetAt(kind, placed.time);
    left_.push_back({kind, captured, InSeconds(now_), InSeconds(rtp)});
  }
};

auto Later(double by) {
  return [by](double t) { return std::optional(t + by); };
}

auto Bunched(double length) {
  return [length](double t) { return std::optional((std::floor(t / length) + 1) * length); };
}

// --- streams that need nothing ------------------------------------------------------------------

TEST_F(InputAlignerTest, AStreamInOrderIsNeverHeld) {
  Play({});
  EXPECT_EQ(largest_delay_, 0ms);
  EXPECT_EQ(most_held_, 0U);
}

class FrameRateTest : public InputAlignerTest, public testing::WithParamInterface<double> {};

INSTANTIATE_TEST_SUITE_P(PerSecond, FrameRateTest, testing::Values(60, 30, 10, 2));

TEST_P(FrameRateTest, AnEncoderThatPutsPicturesIntoOrderWithTheirAudioIsNeverHeld) {
  // It holds audio back until the picture that follows it is there, as FFmpeg's and OBS' muxers do.
  const auto with_picture = [](double t) {
    return std::optional(std::ceil(t * GetParam()) / GetParam());
  };
  Play({.audio = with_picture, .frames_per_second = GetParam()});
  EXPECT_EQ(largest_delay_, 0ms);
}

TEST_F(InputAlignerTest, JitterOfTheLineIsNoSkew) {
  std::mt19937 random(7);
  std::exponential_distribution<double> now_and_then(1 / 0.06);
  Play({.length = 120, .line = [&](double) { return now_and_then(random); }});
  EXPECT_EQ(largest_delay_, 0ms);
  EXPECT_EQ(most_held_, 0U);
}

TEST_F(InputAlignerTest, StallsOfTheLineAreNoSkew) {
  Play({.length = 60, .line = [](double sent) {
          const double in_period = std::fmod(sent, 7.0);
          return in_period > 3 && in_period < 5.5 ? 5.5 - in_period : 0.0;
        }});
  EXPECT_EQ(largest_delay_, 0ms);
}

TEST_F(InputAlignerTest, SmallJitterOfAnEncoderIsLeftAlone) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> up_to(0, 0.02);
  Play({.video = [&](double t) { return std::optional(t + up_to(random)); },
        .audio = [&](double t) { return std::optional(t + up_to(random)); }});
  EXPECT_EQ(largest_delay_, 0ms);
}

TEST_F(InputAlignerTest, AHiccupOfTheVideoEncoderIsNoSkew) {
  Play({.video = [](double t) { return std::optional(t > 10 && t < 10.5 ? 10.5 : t); }});
  EXPECT_EQ(largest_delay_, 0ms);
}

TEST_F(InputAlignerTest, PicturesThatPauseAreNotWaitedFor) {
  Play({.video = [](double t) { return t > 8 && t < 12 ? std::nullopt : std::optional(t); }});
  EXPECT_EQ(largest_delay_, 0ms);
}

TEST_F(InputAlignerTest, AStrayTimeOfAPictureHoldsNothing) {
  for (const double astray : {0.2, 0.9}) {
    Play({.number = [=](double t) { return std::abs(t - 10) < 0.001 ? t + astray : t; }});
    EXPECT_EQ(largest_delay_, 0ms) << astray;
  }
}

class LateStartTest : public InputAlignerTest, public testing::WithParamInterface<double> {};

INSTANTIATE_TEST_SUITE_P(Seconds, LateStartTest, testing::Values(1, 5, 20));

TEST_P(LateStartTest, PicturesThatStartLateHoldNothing) {
  Play({.video = [](double t) { return t < GetParam() ? std::nullopt : std::optional(t); }});
  EXPECT_EQ(largest_delay_, 0ms);
  EXPECT_EQ(Count(kAudio, 0, 30), 1407U);
}

TEST_P(LateStartTest, AudioThatStartsLateHoldsNothing) {
  Play({.audio = [](double t) { return t < GetParam() ? std::nullopt : std::optional(t); }});
  EXPECT_EQ(largest_delay_, 0ms);
  EXPECT_EQ(Count(kVideo, 0, 30), 900U);
}

// --- skews ---------------------------------------------------------------------------------------

class SkewTest : public InputAlignerTest, public testing::WithParamInterface<double> {};

INSTANTIATE_TEST_SUITE_P(Seconds, SkewTest, testing::Values(0.08, 0.2, 0.5, 1.0, 1.5, 2.0));

TEST_P(SkewTest, LateVideoAndItsAudioLeaveTogether) {
  Play({.video = Later(GetParam())});
  EXPECT_LT(FurthestApart(GetParam() + 3, 28), 0.04);
  EXPECT_LT(Spread(kAudio, GetParam() + 3, 28), 0.01);
  EXPECT_LT(InSeconds(largest_delay_), GetParam() + 0.02);
}

TEST_P(SkewTest, LateAudioAndItsPicturesLeaveTogether) {
  Play({.audio = Later(GetParam())});
  EXPECT_LT(FurthestApart(GetParam() + 3, 28), 0.04);
  EXPECT_LT(Spread(kVideo, GetParam() + 3, 28), 0.01);
  EXPECT_LT(InSeconds(largest_delay_), GetParam() + 0.02);
}

TEST_P(SkewTest, ASkewThatComesInMidStreamIsEvenedOutInTwoSeconds) {
  Play({.video = [skew = GetParam()](double t) { return std::optional(t < 10 ? t : t + skew); }});
  EXPECT_LT(FurthestApart(12.1 + GetParam(), 28), 0.04);
}

TEST_P(SkewTest, AudioThatGetsLateInMidStreamInterruptsBothTracksAtOnce) {
  Play({.audio = [skew = GetParam()](double t) { return std::optional(t < 10 ? t : t + skew); }});
  EXPECT_LT(FurthestApart(10.1 + GetParam(), 28), 0.04);
  // Receivers see a pause, and not that packets are late.
  for (std::size_t i = 1; i < left_.size(); ++i) {
    const Left& left = left_[i];
    if (left.kind != kAudio || left.captured < 5 || left.captured > 20) continue;
    if (GetParam() < 0.1) continue;  // so little is first looked at for a second
    EXPECT_NEAR(left.at - left.rtp, left_[300].at - left_[300].rtp, 0.035) << left.captured;
  }
}

TEST_F(InputAlignerTest, SkewOnALineWithJitterStaysEvenedOut) {
  std::mt19937 random(7);
  std::exponential_distribution<double> now_and_then(1 / 0.02);
  Play({.length = 60, .video = Later(0.8), .line = [&](double) { return now_and_then(random); }});
  EXPECT_GT(largest_delay_, 750ms);
  EXPECT_LT(largest_delay_, 900ms);
  EXPECT_LE(aligner_.alignment().growths(), 3U);
}

TEST_F(InputAlignerTest, ALineThatGetsSlowerTakesBothTracksAlong) {
  Play({.length = 60, .video = Later(0.8), .line = [](double sent) {
          return sent < 20 ? 0.0 : 0.2;
        }});
  EXPECT_LT(FurthestApart(25, 58), 0.04);
}

TEST_F(InputAlignerTest, ASkewThatEndsIsForgottenSlowly) {
  Play({.length = 120,
        .video = [](double t) { return std::optional(t < 20 ? t + 1.5 : std::max(t, 21.5)); }});
  EXPECT_LT(FurthestApart(5, 118), 0.04);
  EXPECT_EQ(aligner_.delay(), 0ms);
}

TEST_F(InputAlignerTest, ATrackThatEndsNoLongerHoldsTheOther) {
  Play({.length = 120,
        .video = [](double t) { return t > 20 ? std::nullopt : std::optional(t + 1.5); }});
  EXPECT_EQ(aligner_.delay(), 0ms);
  EXPECT_EQ(Count(kAudio, 5, 90), 3984U);
}

TEST_F(InputAlignerTest, AnotherSourceMayHaveAnotherSkew) {
  const auto video = [](double t) { return std::optional(t < 15 ? t + 1.5 : std::max(t, 16.5)); };
  const auto audio = [](double t) { return std::optional(t < 15 ? t : t + 1); };
  Play({.length = 40, .video = video, .audio = audio});
  EXPECT_LT(FurthestApart(5, 15), 0.04);
  EXPECT_LT(FurthestApart(20, 38), 0.04);
}

TEST_F(InputAlignerTest, AnotherEncoderTakesOverWithNumbersAndASkewOfItsOwn) {
  // The first one's pictures of the last 1.5 s never come.
  const auto video = [](double t) {
    return t > 13.5 && t < 15 ? std::nullopt : std::optional(t < 15 ? t + 1.5 : t);
  };
  const auto audio = [](double t) { return std::optional(t < 15 ? t : t + 1.2); };
  Play({.length = 40, .video = video, .audio = audio, .number = [](double t) {
          return t < 15 ? t + 3600 : t - 15;
        }});
  EXPECT_LT(FurthestApart(5, 13), 0.04);
  EXPECT_LT(FurthestApart(20, 38), 0.04);
}

class HoldLimitTest : public InputAlignerTest, public testing::WithParamInterface<unsigned> {};

INSTANTIATE_TEST_SUITE_P(Seeds, HoldLimitTest, testing::Range(0U, 12U));

TEST_P(HoldLimitTest, NeitherSkewNorBunchesHoldAMessageLongerThanStated) {
  std::mt19937 random(GetParam());
  std::uniform_real_distribution<double> skew(0, 3);
  std::uniform_real_distribution<double> bunch(0.02, 2.5);
  const auto [video, audio, length] = std::array{skew(random), skew(random), bunch(random)};
  Play({.video = Later(video),
        .audio = [audio, length](double t) { return std::optional(*Bunched(length)(t) + audio); }});
  EXPECT_LE(longest_hold_, InputAligner::kMaxMessageHold);
}

TEST_F(InputAlignerTest, TimesBeyondTheLargestSkewAreWrong) {
  Play({.video = Later(4)});
  EXPECT_LT(largest_delay_, 2750ms);
  EXPECT_EQ(aligner_.delay(), 0ms);
  EXPECT_EQ(most_held_, 0U);
}

// --- bunches -------------------------------------------------------------------------------------

class BunchTest : public InputAlignerTest, public testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(Frames, BunchTest, testing::Values(5, 10, 15, 20, 23));

TEST_P(BunchTest, AudioInBunchesLeavesEvenlyAndWithItsPictures) {
  Play({.audio = Bunched(GetParam() * kAudioStep)});
  EXPECT_LT(Spread(kAudio, 2, 28), 0.035);
  EXPECT_LT(FurthestApart(2, 28), 0.04);
  EXPECT_GE(Count(kAudio, 2, 28), 1218U);
}

TEST_P(BunchTest, BunchesThatBeginInMidStreamDoSo) {
  const double bunch = GetParam() * kAudioStep;
  Play({.audio = [bunch](double t) { return t < 10 ? std::optional(t) : Bunched(bunch)(t); }});
  EXPECT_LT(Spread(kAudio, 13, 28), 0.035);
  EXPECT_LT(FurthestApart(13, 28), 0.04);
}

TEST_P(BunchTest, BunchesWithOneTimestampDoSo) {
  const double bunch = GetParam() * kAudioStep;
  Play({.audio = Bunched(bunch),
        .audio_number = [bunch](double t) { return std::floor(t / bunch + 1e-6) * bunch; }});
  EXPECT_LT(Spread(kAudio, 5, 28), 0.05);
  EXPECT_LT(FurthestApart(5, 28), 0.05);
}

TEST_F(InputAlignerTest, LateAudioInBunchesLeavesEvenlyToo) {
  Play({.audio = [](double t) { return std::optional(*Bunched(0.2)(t) + 0.5); }});
  EXPECT_LT(Spread(kAudio, 4, 28), 0.035);
  EXPECT_LT(FurthestApart(4, 28), 0.04);
}

// --- order and limits ----------------------------------------------------------------------------

Placed At(SessionTime time) { return {.time = time, .media = time, .live = true}; }

class HoldingTest : public testing::Test {
 protected:
  HoldingTest() {
    // Video is 500 ms behind.
    aligner_.Observe(kAudio, At(500ms), 500ms);
    aligner_.Observe(kVideo, At(0ms), 500ms);
  }

  void Hold(TrackKind kind, std::uint32_t id, std::optional<Placed> placed, std::size_t size = 10) {
    aligner_.Hold(kind, placed, size, 500ms, [this, id] { out_.push_back(id); });
  }

  std::vector<std::uint32_t> out_;
  InputAligner aligner_;
};

TEST_F(HoldingTest, AHeaderKeepsItsPlaceInItsTrack) {
  ASSERT_EQ(aligner_.delay(), 500ms);
  EXPECT_TRUE(aligner_.Passes(kAudio));
  ASSERT_FALSE(aligner_.Passes(kAudio, At(510ms), 510ms));
  Hold(kAudio, 1, At(510ms));
  EXPECT_FALSE(aligner_.Passes(kAudio));
  EXPECT_TRUE(aligner_.Passes(kVideo));
  Hold(kAudio, 2, std::nullopt);
  ASSERT_FALSE(aligner_.Passes(kAudio, At(530ms), 530ms));
  Hold(kAudio, 3, At(530ms));
  EXPECT_EQ(aligner_.deadline(), 1010ms);
  aligner_.Poll(1009ms);
  EXPECT_TRUE(out_.empty());
  aligner_.Poll(1010ms);
  EXPECT_EQ(out_, (std::vector<std::uint32_t>{1, 2}));
  aligner_.Poll(1030ms);
  EXPECT_EQ(out_, (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(aligner_.held_bytes(), 0U);
  EXPECT_EQ(aligner_.deadline(), std::nullopt);
}

TEST_F(HoldingTest, BothTracksGoOnInTheOrderOfTheirTimes) {
  Hold(kAudio, 1, At(510ms));
  Hold(kAudio, 4, At(540ms));
  Hold(kVideo, 2, At(520ms));
  Hold(kVideo, 3, At(530ms));
  aligner_.Poll(2s);
  EXPECT_EQ(out_, (std::vector<std::uint32_t>{1, 2, 3, 4}));
}

TEST_F(HoldingTest, InBatchesAMessageGoesWithTheLastOneBeforeItIsDue) {
  aligner_.SetBatchInterval(20ms);
  Hold(kAudio, 1, At(510ms));
  aligner_.OnTick(985ms);
  EXPECT_TRUE(out_.empty());
  aligner_.OnTick(995ms);
  EXPECT_EQ(out_.size(), 1U);
}

TEST_F(HoldingTest, AMessageWhoseTimeIsFarAheadWaitsNoLongerThanItsLimit) {
  Hold(kAudio, 1, At(1h));
  Hold(kAudio, 2, std::nullopt);
  Hold(kAudio, 3, At(1h));
  Hold(kVideo, 4, At(510ms));
  EXPECT_EQ(aligner_.deadline(), 1010ms);
  aligner_.Poll(1010ms);
  EXPECT_EQ(out_, (std::vector<std::uint32_t>{4}));
  ASSERT_EQ(aligner_.delay(), 500ms);
  EXPECT_EQ(aligner_.deadline(), 500ms + InputAligner::kMaxAhead + 500ms);
  aligner_.Poll(500ms + InputAligner::kMaxMessageHold);
  EXPECT_EQ(out_, (std::vector<std::uint32_t>{4, 1, 2, 3}));
}

TEST_F(HoldingTest, MemoryIsLimited) {
  constexpr std::size_t kSize = 1 << 20;
  for (std::uint32_t i = 0; i < 100; ++i) {
    Hold(kVideo, i, At(510ms), kSize);
    EXPECT_LE(aligner_.held_bytes(), InputAligner::kMaxHeld);
  }
  EXPECT_EQ(out_.size(), 69U);
  EXPECT_EQ(out_.front(), 0U);
}

}  // namespace
}  // namespace ingress::pipeline
