#include "handler/input_loss_muter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace ingress::handler {
namespace {

using namespace std::chrono_literals;
using Action = InputLossMuter::Action;

constexpr TimePoint kStart{};
constexpr auto kFrame = 33ms;

/// A video track of three layers that runs at 30 pictures a second.
class InputLossMuterTest : public testing::Test {
 protected:
  /// Pictures of the first `layers` layers for `duration`. What they caused, if it was anything.
  Action Run(std::chrono::milliseconds duration, std::size_t layers = 3) {
    Action seen = Action::kNone;
    const auto note = [&](Action action) { seen = std::max(seen, action); };
    for (const TimePoint end = now_ + duration; now_ < end; now_ += kFrame) {
      note(muter_.OnInput(now_));
      for (std::size_t layer = 0; layer < layers; ++layer) note(muter_.OnSend(layer, now_));
      note(muter_.Poll(now_));
    }
    return seen;
  }

  /// Nothing comes for `duration`. What that caused.
  std::vector<Action> Pause(std::chrono::milliseconds duration) {
    std::vector<Action> seen;
    for (const TimePoint end = now_ + duration; now_ < end; now_ += 40ms) {
      const Action action = muter_.Poll(now_);
      if (action != Action::kNone) seen.push_back(action);
    }
    return seen;
  }

  InputLossMuter muter_{{.layers = 3}};
  TimePoint now_ = kStart;
};

TEST_F(InputLossMuterTest, SteadyInputNeedsNothing) {
  EXPECT_EQ(muter_.Poll(kStart), Action::kNone);
  EXPECT_EQ(Run(20s), Action::kNone);
}

TEST_F(InputLossMuterTest, ShortGapIsFollowedByOneRenewal) {
  Run(5s);
  EXPECT_TRUE(Pause(600ms).empty());
  EXPECT_EQ(muter_.OnInput(now_), Action::kRenew);
  EXPECT_EQ(muter_.OnSend(0, now_), Action::kNone);
  EXPECT_EQ(muter_.OnSend(2, now_ + 5ms), Action::kNone);
  now_ += kFrame;
  EXPECT_EQ(Run(5s), Action::kNone);
}

TEST_F(InputLossMuterTest, LongGapIsRenewedWhileItLastsAndNotAgain) {
  Run(5s);
  EXPECT_EQ(Pause(5s), std::vector{Action::kRenew});
  EXPECT_EQ(Run(5s), Action::kNone);
}

TEST_F(InputLossMuterTest, InputThatHasGoneIsMutedUntilItIsBack) {
  Run(5s);
  EXPECT_EQ(Pause(60s), (std::vector{Action::kRenew, Action::kMute}));
  EXPECT_TRUE(muter_.muted());
  EXPECT_EQ(muter_.OnInput(now_), Action::kUnmute);
  EXPECT_EQ(muter_.OnSend(0, now_), Action::kNone);
  EXPECT_FALSE(muter_.muted());
}

TEST_F(InputLossMuterTest, LayerThatWasHeldBackIsRenewed) {
  Run(5s);
  EXPECT_EQ(Run(5s, 2), Action::kNone);
  EXPECT_EQ(muter_.OnSend(2, now_), Action::kRenew);
  EXPECT_EQ(Run(5s), Action::kNone);
}

TEST_F(InputLossMuterTest, LayerThatTheSfuAskedForNeedsNoRenewal) {
  Run(5s);
  Run(5s, 1);
  muter_.OnDemand(1);
  muter_.OnDemand(2);
  EXPECT_EQ(Run(5s), Action::kNone);
}

TEST_F(InputLossMuterTest, SlidesAreNotMutedBetweenTwoOfThem) {
  for (const auto interval : {2s, 5s, 10s}) {
    muter_ = InputLossMuter({.layers = 3});
    for (int slide = 0; slide < 12; ++slide) {
      EXPECT_NE(muter_.OnInput(now_), Action::kUnmute);
      for (const Action action : Pause(interval)) EXPECT_NE(action, Action::kMute) << interval;
    }
    EXPECT_THAT(Pause(60s), testing::Contains(Action::kMute)) << "they have ended";
  }
}

TEST_F(InputLossMuterTest, AStreamThatBecomesSlidesIsLearnt) {
  Run(5s);
  int mutes = 0;
  for (int slide = 0; slide < 12; ++slide) {
    muter_.OnInput(now_);
    for (const Action action : Pause(10s)) mutes += action == Action::kMute ? 1 : 0;
  }
  EXPECT_EQ(mutes, 3);
}

TEST_F(InputLossMuterTest, AnOrdinaryStreamThatStopsIsMutedAsSoonAfterItsPauses) {
  for (int pause = 0; pause < 4; ++pause) {
    Run(5s);
    Pause(6s);
  }
  Run(1s);
  EXPECT_THAT(Pause(8200ms), testing::Contains(Action::kMute));
}

TEST_F(InputLossMuterTest, TrackThatNobodyWatchesIsNotMuted) {
  Run(5s);
  EXPECT_EQ(Run(60s, 0), Action::kNone);
}

TEST_F(InputLossMuterTest, SlowSourceIsNotAChainOfGaps) {
  Action seen = Action::kNone;
  for (int i = 0; i < 60; ++i, now_ += 1s) {
    const Action first = muter_.OnInput(now_);
    const Action second = muter_.OnSend(0, now_);
    if (i > 8) seen = std::max({seen, first, second, muter_.Poll(now_ + 900ms)});
  }
  EXPECT_EQ(seen, Action::kNone);
}

TEST(InputLossMuterAudioTest, AudioIsMutedAfterSecondsWithoutInputAndNeverRenewed) {
  InputLossMuter audio({.mute_after = 3s});
  EXPECT_EQ(audio.OnInput(kStart), Action::kNone);
  EXPECT_EQ(audio.OnInput(kStart + 1s), Action::kNone);
  EXPECT_EQ(audio.Poll(kStart + 3999ms), Action::kNone);
  EXPECT_EQ(audio.Poll(kStart + 4s), Action::kMute);
  EXPECT_EQ(audio.Poll(kStart + 10s), Action::kNone);
  EXPECT_EQ(audio.OnInput(kStart + 11s), Action::kUnmute);
}

}  // namespace
}  // namespace ingress::handler
