#include "rtp_receive/key_frame_requester.h"

#include <gtest/gtest.h>

#include <vector>

namespace ingress::rtp_receive {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};

/// When requests leave from `from` to `to`, while a key frame is wanted at each moment.
std::vector<Clock::duration> Requests(KeyFrameRequester& requester, TimePoint from, TimePoint to) {
  std::vector<Clock::duration> requests;
  for (TimePoint now = from; now < to; now += 10ms) {
    requester.Want();
    if (requester.TakeDue(now)) requests.push_back(now - kStart);
  }
  return requests;
}

TEST(KeyFrameRequesterTest, AsksAtOnceAndAtMostTwiceASecond) {
  KeyFrameRequester requester;
  EXPECT_EQ(requester.deadline(), TimePoint::max());
  EXPECT_FALSE(requester.TakeDue(kStart));
  EXPECT_EQ(Requests(requester, kStart, kStart + 1s), (std::vector<Clock::duration>{0ms, 500ms}));
}

TEST(KeyFrameRequesterTest, StopsWhenAKeyFrameComes) {
  KeyFrameRequester requester;
  requester.Want();
  EXPECT_TRUE(requester.TakeDue(kStart));
  EXPECT_EQ(requester.deadline(), kStart + 500ms);
  requester.OnKeyFrame(kStart + 100ms);
  EXPECT_EQ(requester.deadline(), TimePoint::max());
  EXPECT_FALSE(requester.TakeDue(kStart + 5s));
  EXPECT_EQ(requester.sent(), 1U);
}

TEST(KeyFrameRequesterTest, DoesNotAskSoonAfterAKeyFrame) {
  KeyFrameRequester requester;
  requester.OnKeyFrame(kStart);
  requester.Want();
  EXPECT_FALSE(requester.TakeDue(kStart + 499ms));
  EXPECT_EQ(requester.deadline(), kStart + 500ms);
  EXPECT_TRUE(requester.TakeDue(kStart + 500ms));
}

TEST(KeyFrameRequesterTest, AsksAnUnresponsiveSenderEveryTenSeconds) {
  KeyFrameRequester requester;
  const auto first = Requests(requester, kStart, kStart + 6s);
  EXPECT_EQ(first.size(), 12U);
  EXPECT_FALSE(requester.unresponsive());
  const auto later = Requests(requester, kStart + 6s, kStart + 60s);
  EXPECT_TRUE(requester.unresponsive());
  ASSERT_EQ(later.size(), 5U);
  for (std::size_t i = 1; i < later.size(); ++i) EXPECT_EQ(later[i] - later[i - 1], 10s);
}

TEST(KeyFrameRequesterTest, HearsASenderThatAnswersAgain) {
  KeyFrameRequester requester;
  Requests(requester, kStart, kStart + 20s);
  ASSERT_TRUE(requester.unresponsive());
  requester.OnKeyFrame(kStart + 24s);  // long after the last request: the sender's own
  EXPECT_TRUE(requester.unresponsive());
  requester.Want();
  const TimePoint now = kStart + 60s;
  ASSERT_TRUE(requester.TakeDue(now));
  requester.OnKeyFrame(now + 300ms);
  EXPECT_FALSE(requester.unresponsive());
}

TEST(KeyFrameRequesterTest, AForgottenAnswerIsNoAttemptInVain) {
  KeyFrameRequester requester;
  for (int i = 0; i < 10; ++i) {
    const TimePoint now = kStart + i * 10s;
    requester.Want();
    EXPECT_TRUE(requester.TakeDue(now));
    requester.OnKeyFrame(now + 1s);
  }
  EXPECT_FALSE(requester.unresponsive());
}

}  // namespace
}  // namespace ingress::rtp_receive
