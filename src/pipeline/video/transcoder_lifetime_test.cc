#include "pipeline/video/transcoder_lifetime.h"

#include <gtest/gtest.h>

#include "transcoder/testing/fake_client.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using Loss = TranscoderLifetime::Loss;

const Error kCrash{ErrorCode::kInternal, "it crashed"};

class TranscoderLifetimeTest : public testing::Test {
 protected:
  void Start() {
    ASSERT_TRUE(lifetime_.Start({}, {true},
                                {.on_frame = [](std::size_t, EncodedFrame, TimePoint) {},
                                 .on_synced = [](TimePoint) {},
                                 .on_broken = [](const Error&, TimePoint) {}},
                                now_));
  }
  /// Looks at it as often as a pipeline does; the error that came of it, if one did.
  std::optional<Error> Run(Clock::duration time, bool needed) {
    std::optional<Error> hung;
    for (const TimePoint end = now_ + time; now_ < end && !hung;) {
      now_ += 100ms;
      client_.Advance(now_);
      if (needed) lifetime_.OnNeeded(now_);
      hung = lifetime_.Poll(now_);
    }
    return hung;
  }

  TimePoint now_ = TimePoint{} + 1h;
  transcoder::testing::FakeClient client_;
  TranscoderLifetime lifetime_{client_};
};

TEST_F(TranscoderLifetimeTest, OneThatIsNeededStays) {
  Start();
  EXPECT_FALSE(Run(1min, true));
  EXPECT_TRUE(client_.running);
}

TEST_F(TranscoderLifetimeTest, OneThatNobodyNeedsIsGivenBackAndThenEnded) {
  Start();
  Run(TranscoderLifetime::kKeepUnneeded, false);
  EXPECT_TRUE(client_.running);
  Run(100ms, false);
  EXPECT_FALSE(client_.running);
  EXPECT_FALSE(client_.discarded) << "the next pipeline would start sooner";
  Run(TranscoderLifetime::kKeepIdle + 100ms, false);
  EXPECT_TRUE(client_.discarded);
}

TEST_F(TranscoderLifetimeTest, OneThatIsNeededAgainInTimeKeepsItsProcess) {
  Start();
  Run(TranscoderLifetime::kKeepUnneeded + 10s, false);
  ASSERT_FALSE(client_.running);
  Start();
  EXPECT_FALSE(Run(1min, true));
  EXPECT_FALSE(client_.discarded);
}

TEST_F(TranscoderLifetimeTest, OneThatHangsIsEnded) {
  Start();
  client_.hung = true;
  const auto hung = Run(1min, true);
  ASSERT_TRUE(hung);
  EXPECT_EQ(hung->code, ErrorCode::kTimeout);
  EXPECT_TRUE(client_.discarded);
}

TEST_F(TranscoderLifetimeTest, APauseOfThisProcessIsNoHang) {
  Start();
  Run(1s, true);
  client_.hung = true;  // stopped, as we were
  now_ += 1min;
  EXPECT_FALSE(Run(TranscoderLifetime::kHungAfter - 1s, true));
  client_.hung = false;
  EXPECT_FALSE(Run(1min, true));
}

TEST_F(TranscoderLifetimeTest, LossesCallForMoreEachTime) {
  EXPECT_EQ(lifetime_.OnBroken(kCrash, now_), Loss::kFirst);
  EXPECT_EQ(lifetime_.OnBroken(kCrash, now_ + 1s), Loss::kRepeated);
  EXPECT_EQ(lifetime_.OnBroken(kCrash, now_ + 2s), Loss::kRepeated);
  EXPECT_EQ(lifetime_.OnBroken(kCrash, now_ + 3s), Loss::kFinal);
}

TEST_F(TranscoderLifetimeTest, LossesOfLongAgoDoNotCount) {
  lifetime_.OnBroken(kCrash, now_);
  EXPECT_EQ(lifetime_.OnBroken(kCrash, now_ + TranscoderLifetime::kRestartWindow + 1s),
            Loss::kFirst);
}

TEST_F(TranscoderLifetimeTest, WhatNoProcessHasIsNotTriedAgain) {
  EXPECT_EQ(lifetime_.OnBroken({ErrorCode::kNotFound, "no encoder"}, now_), Loss::kFinal);
}

}  // namespace
}  // namespace ingress::pipeline
