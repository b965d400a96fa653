#include "net/loop_watch.h"

#include <gtest/gtest.h>

namespace ingress::net {
namespace {

using namespace std::chrono_literals;

class LoopWatchTest : public ::testing::Test {
 protected:
  /// Looks as often as due for `time`; `turning` says whether the loop turns meanwhile.
  bool LookFor(std::chrono::milliseconds time, bool turning) {
    bool hangs = false;
    for (auto passed = 0ms; passed < time; passed += LoopWatch::kLookEvery) {
      now_ += LoopWatch::kLookEvery;
      if (turning) ++turns_;
      hangs = watch_.Hangs(turns_, now_);
    }
    return hangs;
  }

  TimePoint now_{1h};
  std::uint64_t turns_ = 0;
  LoopWatch watch_{5s};
};

TEST_F(LoopWatchTest, GivesUpALoopThatHasNotTurnedForTheLimit) {
  EXPECT_FALSE(LookFor(10min, true));
  EXPECT_FALSE(LookFor(4500ms, false));
  EXPECT_TRUE(LookFor(500ms, false));
  EXPECT_EQ(watch_.silence(now_), 5s);
}

TEST_F(LoopWatchTest, GivesUpALoopThatNeverTurned) {
  EXPECT_FALSE(LookFor(5s, false)) << "counted from the first look";
  EXPECT_TRUE(LookFor(500ms, false));
}

TEST_F(LoopWatchTest, OneTurnIsEnough) {
  LookFor(1s, true);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(LookFor(4500ms, false));
    EXPECT_FALSE(LookFor(500ms, true));
  }
}

TEST_F(LoopWatchTest, TimeInWhichTheProcessWasStoppedDoesNotCount) {
  LookFor(1s, true);
  EXPECT_FALSE(LookFor(4s, false));
  now_ += 1h;
  EXPECT_FALSE(watch_.Hangs(turns_, now_));
  EXPECT_FALSE(LookFor(4500ms, false)) << "the loop has just been let go on, too";
  EXPECT_TRUE(LookFor(500ms, false));
}

TEST_F(LoopWatchTest, AWatcherThatIsStarvedDoesNotJudge) {
  LookFor(1s, true);
  for (int i = 0; i < 100; ++i) {
    now_ += LoopWatch::kOwnLapse + 1ms;
    EXPECT_FALSE(watch_.Hangs(turns_, now_));
  }
}

}  // namespace
}  // namespace ingress::net
