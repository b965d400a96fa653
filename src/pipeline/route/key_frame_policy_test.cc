#include "pipeline/route/key_frame_policy.h"

#include <gtest/gtest.h>

#include <memory>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using Answer = KeyFramePolicy::Answer;

constexpr TimePoint kStart = TimePoint{} + 1h;
constexpr SessionTime kStep = 40ms;
constexpr std::size_t kLow = 0;
constexpr std::size_t kTop = 2;

/// A track of three layers whose highest is the source's, in given time: a GOP runs, and viewers
/// ask for key frames.
class KeyFramePolicyTest : public testing::Test {
 protected:
  explicit KeyFramePolicyTest(KeyFramePolicy::Options options = {}) : policy_(options) {
    policy_.OnTrackPublished(3, kStart);
  }

  TimePoint now() const { return kStart + dts_; }

  void Picture(bool idr, std::size_t bytes = 1000) {
    dts_ += kStep;
    auto picture = std::make_shared<SourcePicture>();
    picture->data = stream::Payload(Bytes(bytes));
    picture->dts = picture->pts = dts_;
    picture->key_frame = picture->idr = idr;
    gop_.Push(picture);
    policy_.OnSourcePicture(*picture, source_feeds_top_);
    if (idr && source_feeds_top_) policy_.OnKeyFrameSent(kTop, now());
  }
  /// A GOP that has run for `age` since its key frame.
  void Gop(SessionTime age, std::size_t bytes = 1000) {
    Picture(true, bytes);
    for (SessionTime at{}; at + kStep <= age; at += kStep) Picture(false, bytes);
  }

  KeyFramePolicy::Stream stream() const {
    return {.watched = watched_,
            .source_feeds_top = source_feeds_top_,
            .idr_eligible = idr_eligible_,
            .gop = gop_};
  }
  Answer Ask(std::size_t layer = kTop) { return policy_.Request(layer, stream(), now()); }
  std::optional<Answer> PollAfter(SessionTime time, std::size_t layer = kTop) {
    return policy_.Poll(layer, stream(), now() + time);
  }

  KeyFramePolicy policy_;
  GopCache gop_;
  SessionTime dts_{};
  bool watched_ = true;
  bool source_feeds_top_ = true;
  bool idr_eligible_ = true;
};

TEST_F(KeyFramePolicyTest, AYoungGopIsSentAgainToViewersWhoHaveAllJustBegun) {
  Gop(400ms);
  EXPECT_EQ(Ask(), Answer::kReplay);
  EXPECT_FALSE(policy_.encoder_wanted());
}

TEST_F(KeyFramePolicyTest, AYoungGopIsNotSentAgainToThoseWhoHaveWatchedForLong) {
  Gop(4s);
  Gop(400ms);
  EXPECT_GT(now() - kStart, KeyFramePolicy::kNewcomers);
  EXPECT_EQ(Ask(), Answer::kBridge);
}

TEST_F(KeyFramePolicyTest, AGopThatIsOldOrLargeIsNotSentAgain) {
  Gop(KeyFramePolicy::kReplaySpan + kStep);
  EXPECT_EQ(Ask(), Answer::kBridge);
}

TEST_F(KeyFramePolicyTest, ALargeGopIsNotSentAgain) {
  Gop(80ms, KeyFramePolicy::kReplayBytes / 2);
  EXPECT_EQ(Ask(), Answer::kBridge);
}

TEST_F(KeyFramePolicyTest, AViewerWhoSubscribesMakesEverybodyANewcomer) {
  Gop(4s);
  Gop(400ms);
  policy_.OnLayerSubscribed(kTop, now());
  EXPECT_EQ(Ask(), Answer::kReplay);
}

TEST_F(KeyFramePolicyTest, ANearKeyFrameOfTheSourceIsWaitedFor) {
  Gop(2s);
  Gop(1600ms);  // the next one is due in 440 ms
  EXPECT_EQ(Ask(), Answer::kWait);
  Picture(true);
  EXPECT_FALSE(PollAfter(2s)) << "it came";
}

TEST_F(KeyFramePolicyTest, AKeyFrameThatWasWaitedForInVainIsMadeByABridge) {
  Gop(2s);
  Gop(1600ms);
  ASSERT_EQ(Ask(), Answer::kWait);
  constexpr auto kLimit = KeyFramePolicy::kWorthWaiting + KeyFramePolicy::kOverdue;
  EXPECT_FALSE(PollAfter(kLimit - 1ms));
  EXPECT_EQ(PollAfter(kLimit), Answer::kBridge);
}

TEST_F(KeyFramePolicyTest, AFarKeyFrameMeansABridge) {
  Gop(10s);
  Gop(3s);
  EXPECT_EQ(Ask(), Answer::kBridge);
  EXPECT_TRUE(policy_.encoder_wanted());
  EXPECT_TRUE(policy_.keeps_decoder_warm(now()));
}

TEST_F(KeyFramePolicyTest, OneBridgeServesAllWhoAsk) {
  Gop(3s);
  ASSERT_EQ(Ask(), Answer::kBridge);
  dts_ += 1s;
  EXPECT_EQ(Ask(), Answer::kUnderWay);
}

TEST_F(KeyFramePolicyTest, AKeyFrameOfTheSourceSparesTheBridgeThatHasNotBegun) {
  Gop(3s);
  ASSERT_EQ(Ask(), Answer::kBridge);
  Picture(true);
  EXPECT_FALSE(policy_.encoder_wanted());
}

TEST_F(KeyFramePolicyTest, TheDecoderStaysWarmForAWhileAfterABridge) {
  Gop(3s);
  ASSERT_EQ(Ask(), Answer::kBridge);
  policy_.OnEncoderTook();
  dts_ += 8s;
  policy_.OnSourceReturned(now());
  EXPECT_TRUE(policy_.keeps_decoder_warm(now() + KeyFramePolicy::kKeepWarm - 1ms));
  EXPECT_FALSE(policy_.keeps_decoder_warm(now() + KeyFramePolicy::kKeepWarm));
}

TEST_F(KeyFramePolicyTest, AnEncoderThatWasLostIsNeitherWantedNorKeptWarm) {
  Gop(3s);
  ASSERT_EQ(Ask(), Answer::kBridge);
  policy_.OnEncoderLost();
  EXPECT_FALSE(policy_.encoder_wanted());
  EXPECT_FALSE(policy_.keeps_decoder_warm(now()));
  dts_ += 1s;
  EXPECT_EQ(Ask(), Answer::kBridge) << "the next request begins another";
}

TEST_F(KeyFramePolicyTest, ALayerThatIsEncodedGetsItsKeyFrameFromTheEncoder) {
  Gop(3s);
  EXPECT_EQ(Ask(kLow), Answer::kAskEncoder);
}

TEST_F(KeyFramePolicyTest, WhileTheEncoderFeedsTheTopAKeyPictureOfTheSourceMayFillIn) {
  source_feeds_top_ = false;
  Gop(3s);
  EXPECT_EQ(Ask(), Answer::kRepeatAndAskEncoder);
  idr_eligible_ = false;
  dts_ += 1s;
  EXPECT_EQ(Ask(), Answer::kAskEncoder) << "viewers could not decode it";
}

TEST_F(KeyFramePolicyTest, RequestsThatComeTooSoonAreAnsweredTogetherLater) {
  source_feeds_top_ = false;
  Gop(3s);
  for (int i = 0; i < KeyFrameRequestThrottle::kQuickOnes; ++i, dts_ += 1s) Ask(kLow);
  ASSERT_EQ(Ask(kLow), Answer::kAskEncoder);
  policy_.OnKeyFrameSent(kLow, now());
  dts_ += 100ms;
  EXPECT_EQ(Ask(kLow), Answer::kLater);
  EXPECT_EQ(Ask(kLow), Answer::kLater);
  EXPECT_FALSE(PollAfter(399ms, kLow));
  EXPECT_EQ(PollAfter(400ms, kLow), Answer::kAskEncoder);
  EXPECT_FALSE(PollAfter(500ms, kLow)) << "one for both";
}

TEST_F(KeyFramePolicyTest, NothingIsMadeForALayerThatNobodyWatchesAnyMore) {
  Gop(2s);
  Gop(1600ms);
  ASSERT_EQ(Ask(), Answer::kWait);
  watched_ = false;
  EXPECT_FALSE(PollAfter(2s));
  EXPECT_FALSE(policy_.encoder_wanted());
}

TEST_F(KeyFramePolicyTest, WithoutAGopNoBridgeCanBegin) {
  EXPECT_EQ(Ask(), Answer::kWait) << "its key frame comes anyway";
}

TEST_F(KeyFramePolicyTest, AnotherTrackBeginsWithoutWhatWasAskedOfTheLast) {
  Gop(3s);
  ASSERT_EQ(Ask(), Answer::kBridge);
  policy_.OnTrackPublished(2, now());
  EXPECT_FALSE(policy_.encoder_wanted());
  EXPECT_FALSE(policy_.keeps_decoder_warm(now()));
}

class WithoutTranscodingTest : public KeyFramePolicyTest {
 protected:
  WithoutTranscodingTest() : KeyFramePolicyTest({.may_bridge = false}) {}
};

TEST_F(WithoutTranscodingTest, EveryoneWaitsForTheSource) {
  Gop(3s);
  EXPECT_EQ(Ask(), Answer::kWait);
  EXPECT_FALSE(policy_.encoder_wanted());
}

class SourceThatAnswersTest : public KeyFramePolicyTest {
 protected:
  SourceThatAnswersTest() : KeyFramePolicyTest({.source_answers = true}) {}
};

TEST_F(SourceThatAnswersTest, IsAskedInsteadOfAnEncoder) {
  Gop(3s);
  EXPECT_EQ(Ask(), Answer::kAskSource);
  EXPECT_FALSE(policy_.encoder_wanted());
  Picture(true);
  EXPECT_FALSE(PollAfter(5s));
}

TEST_F(SourceThatAnswersTest, IsAskedOnceForAllWhoWait) {
  Gop(3s);
  ASSERT_EQ(Ask(), Answer::kAskSource);
  Picture(false);
  EXPECT_EQ(Ask(), Answer::kUnderWay);
  Picture(true);
  Gop(2s);
  EXPECT_EQ(Ask(), Answer::kAskSource) << "it has answered the first time";
}

TEST_F(SourceThatAnswersTest, IsAskedInsteadOfAReplayWhereThatIsNotAllowed) {
  Gop(400ms);
  policy_.AllowReplay(false);
  EXPECT_EQ(Ask(), Answer::kAskSource);
  Gop(400ms);
  policy_.AllowReplay(true);
  EXPECT_EQ(PollAfter(1s).value_or(Answer::kReplay), Answer::kReplay);
}

TEST_F(KeyFramePolicyTest, ASourceThatCannotBeAskedIsReplayedInAnyCase) {
  Gop(400ms);
  policy_.AllowReplay(false);
  EXPECT_EQ(Ask(), Answer::kReplay);
}

TEST_F(SourceThatAnswersTest, IsBridgedWhenItDoesNot) {
  Gop(3s);
  ASSERT_EQ(Ask(), Answer::kAskSource);
  EXPECT_FALSE(PollAfter(KeyFramePolicy::kSourceAnswers - 1ms));
  EXPECT_EQ(PollAfter(KeyFramePolicy::kSourceAnswers), Answer::kBridge);
}

TEST_F(SourceThatAnswersTest, IsNotAskedForSomeTimeWhenItIsUnresponsive) {
  const auto let_pass = [this] {
    ASSERT_EQ(Ask(), Answer::kAskSource);
    dts_ += KeyFramePolicy::kSourceAnswers;
    ASSERT_EQ(PollAfter(0ms), Answer::kBridge);
    policy_.OnEncoderTook();
    Gop(3s);  // a key frame of its own
  };
  Gop(3s);
  let_pass();
  let_pass();
  EXPECT_EQ(Ask(), Answer::kBridge);
  policy_.OnEncoderTook();
  Gop(8s);
  EXPECT_EQ(Ask(), Answer::kAskSource);
  Picture(true);  // it does answer
  Gop(3s);
  EXPECT_EQ(Ask(), Answer::kAskSource);
}

class UnresponsiveSourceWithoutTranscodingTest : public KeyFramePolicyTest {
 protected:
  UnresponsiveSourceWithoutTranscodingTest()
      : KeyFramePolicyTest({.may_bridge = false, .source_answers = true}) {}
};

TEST_F(UnresponsiveSourceWithoutTranscodingTest, IsAskedAllTheSame) {
  for (int i = 0; i < 4; ++i) {
    Gop(3s);
    ASSERT_EQ(Ask(), Answer::kAskSource);
    dts_ += KeyFramePolicy::kSourceAnswers;
    ASSERT_EQ(PollAfter(0ms), Answer::kWait);
  }
}

}  // namespace
}  // namespace ingress::pipeline
