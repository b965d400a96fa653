#include "service/session/encoder_arbiter.h"

#include <gtest/gtest.h>

namespace ingress::service {
namespace {

using namespace std::chrono_literals;
using Verdict = EncoderArbiter::Verdict;

constexpr TimePoint kStart{};

TEST(EncoderArbiterTest, WelcomesWhoComesToAnEmptyOrASilentSession) {
  for (const TakeoverPolicy policy : {TakeoverPolicy::kTakeover, TakeoverPolicy::kReject}) {
    EncoderArbiter arbiter(policy);
    EXPECT_EQ(arbiter.Judge("b", kStart), Verdict::kWelcome);
    arbiter.OnConnected("a", kStart);
    arbiter.OnMedia(kStart + 10s);
    EXPECT_EQ(arbiter.Judge("b", kStart + 10s + EncoderArbiter::kConsideredDeadAfter),
              Verdict::kWelcome);
    arbiter.OnMedia(kStart + 20s);
    arbiter.OnGone();
    EXPECT_EQ(arbiter.Judge("b", kStart + 20s), Verdict::kWelcome);
  }
}

TEST(EncoderArbiterTest, RemembersWhenItWasHeardLastAlsoOnceItIsGone) {
  EncoderArbiter arbiter(TakeoverPolicy::kTakeover);
  arbiter.OnConnected("a", kStart + 1s);
  EXPECT_EQ(arbiter.heard_at(), kStart + 1s);
  arbiter.OnMedia(kStart + 5s);
  arbiter.OnGone();
  EXPECT_EQ(arbiter.heard_at(), kStart + 5s);
  EXPECT_FALSE(arbiter.live(kStart + 5s));
}

TEST(EncoderArbiterTest, RejectsUnderThatPolicyWhileTheFirstOneLives) {
  EncoderArbiter arbiter(TakeoverPolicy::kReject);
  arbiter.OnConnected("a", kStart);
  EXPECT_EQ(arbiter.Judge("b", kStart + 100ms), Verdict::kRefuse);
}

TEST(EncoderArbiterTest, LetsTheLoserNotTakeTheSessionBackWhileItKeepsTrying) {
  EncoderArbiter arbiter(TakeoverPolicy::kTakeover);
  arbiter.OnConnected("a", kStart);
  ASSERT_EQ(arbiter.Judge("b", kStart + 1s), Verdict::kTakeOver);
  arbiter.OnConnected("b", kStart + 1s);
  TimePoint now = kStart + 1s;
  for (int i = 0; i < 100; ++i) {
    now += 20s;
    arbiter.OnMedia(now);
    EXPECT_EQ(arbiter.Judge("a", now), Verdict::kRefuse) << i;
  }
  now += EncoderArbiter::kContestQuiet + 1s;
  arbiter.OnMedia(now);
  EXPECT_EQ(arbiter.Judge("a", now), Verdict::kTakeOver);
}

TEST(EncoderArbiterTest, LetsOneEncoderOnABadLineComeBackSeveralTimes) {
  EncoderArbiter arbiter(TakeoverPolicy::kTakeover);
  TimePoint now = kStart;
  arbiter.OnConnected("a", now);
  for (std::size_t i = 0; i < EncoderArbiter::kTakeoversOfOneAddress; ++i) {
    now += 400ms;
    EXPECT_EQ(arbiter.Judge("a", now), Verdict::kTakeOver) << i;
    arbiter.OnConnected("a", now);
  }
  EXPECT_EQ(arbiter.Judge("a", now + 400ms), Verdict::kRefuse);
}

TEST(EncoderArbiterTest, ProtectsASessionThatCameFromAnotherNode) {
  EncoderArbiter arbiter(TakeoverPolicy::kTakeover);
  arbiter.OnTakenOverElsewhere(kStart);
  arbiter.OnConnected("b", kStart);
  EXPECT_EQ(arbiter.Judge("a", kStart + 1s), Verdict::kRefuse);
}

}  // namespace
}  // namespace ingress::service
