#include "pipeline/pacing/video_release_scheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr SessionTime kStart = 10s;  // of what is looked at; the first picture came long before
constexpr SessionTime kLead = VideoReleaseScheduler::kLead;

/// What left, as "<layer>:<ms after kStart>".
class VideoReleaseSchedulerTest : public testing::Test {
 protected:
  VideoReleaseSchedulerTest() {
    Picture(-9000ms, -9000ms);
    sent_.clear();
  }

  void Picture(SessionTime pts, SessionTime now, std::size_t layer = 0) {
    sync_.Push(layer, {.payload = {}, .pts = kStart + pts, .duration = {}, .key_frame = false},
               kStart + now);
  }

  /// Audio of `pts` leaves that lets pictures be `late` behind their time.
  void SendAudio(SessionTime pts, SessionTime late) {
    sync_.OnAudioSent(kStart + pts, kStart + pts + late + kLead);
  }

  void Poll(SessionTime now) { sync_.Poll(kStart + now); }

  std::vector<std::string> sent_;
  VideoReleaseScheduler sync_{[this](std::size_t layer, const EncodedFrame& frame) {
    const auto after = std::chrono::duration_cast<std::chrono::milliseconds>(frame.pts - kStart);
    sent_.push_back(std::to_string(layer) + ":" + std::to_string(after.count()));
  }};
};

using Sent = std::vector<std::string>;

TEST_F(VideoReleaseSchedulerTest, LetsPicturesLeaveAsFarBehindTheirTimeAsTheLatestAudio) {
  SendAudio(-20ms, 20ms);
  SendAudio(0ms, 12ms);
  Picture(0ms, 11ms, 0);
  Picture(0ms, 15ms, 1);
  EXPECT_EQ(sync_.deadline(), kStart + 20ms);
  Poll(19ms);
  EXPECT_EQ(sent_, Sent{});
  Poll(20ms);
  EXPECT_EQ(sent_, (Sent{"0:0", "1:0"}));
  Picture(33ms, 35ms);
  EXPECT_EQ(sync_.deadline(), kStart + 53ms);
}

TEST_F(VideoReleaseSchedulerTest, IsAheadAsToldOfWhatComesFromNowOn) {
  SendAudio(0ms, 30ms);
  Picture(0ms, 10ms);
  sync_.SetLead(VideoReleaseScheduler::kSourceLead);
  Picture(20ms, 20ms);
  Poll(30ms);
  EXPECT_EQ(sync_.deadline(), kStart + 50ms + kLead - VideoReleaseScheduler::kSourceLead);
}

TEST_F(VideoReleaseSchedulerTest, DoesNotHoldAPictureThatIsAsLateAsItself) {
  SendAudio(0ms, 20ms);
  Picture(0ms, 20ms);
  EXPECT_EQ(sent_, Sent{"0:0"});
  EXPECT_EQ(sync_.deadline(), std::nullopt);
}

TEST_F(VideoReleaseSchedulerTest, KeepsTheOrderOfPicturesThatNeedNotWait) {
  SendAudio(0ms, 20ms);
  Picture(10ms, 21ms, 0);
  Picture(-10ms, 22ms, 1);
  EXPECT_EQ(sent_, Sent{});
  Poll(30ms);
  EXPECT_EQ(sent_, (Sent{"0:10", "1:-10"}));
}

TEST_F(VideoReleaseSchedulerTest, LetsPicturesLeaveWithTheLastBatchBeforeTheyAreDue) {
  sync_.SetBatchInterval(20ms);
  SendAudio(0ms, 45ms);
  Picture(0ms, 20ms);  // due after the next batch
  EXPECT_EQ(sync_.deadline(), kStart + 45ms);
  sync_.OnTick(kStart + 40ms);
  EXPECT_EQ(sent_, Sent{"0:0"});
  Picture(33ms, 60ms);  // due before the next batch
  EXPECT_EQ(sent_, (Sent{"0:0", "0:33"}));
  EXPECT_EQ(sync_.deadline(), std::nullopt);
}

TEST_F(VideoReleaseSchedulerTest, LetsAPictureLeaveWhenItIsDueWhereABatchBringsNothing) {
  sync_.SetBatchInterval(20ms);
  SendAudio(0ms, 45ms);
  Picture(0ms, 20ms);
  Poll(44ms);
  EXPECT_EQ(sent_, Sent{});
  Poll(45ms);
  EXPECT_EQ(sent_, Sent{"0:0"});
}

TEST_F(VideoReleaseSchedulerTest, HoldsPicturesUntilTheyAreDueWithoutBatchesAndInLongOnes) {
  for (const auto batch_interval : {0ms, 50ms}) {
    sync_.SetBatchInterval(batch_interval);
    SendAudio(0ms, 20ms);
    Picture(0ms, 10ms);
    sync_.OnTick(kStart + 19ms);
    EXPECT_EQ(sent_, Sent{}) << batch_interval.count();
    sync_.OnTick(kStart + 20ms);
    EXPECT_EQ(sent_, Sent{"0:0"}) << batch_interval.count();
    sent_.clear();
  }
}

TEST_F(VideoReleaseSchedulerTest, ForgetsLateAudio) {
  SendAudio(0ms, 40ms);
  for (SessionTime t = 20ms; t <= 2 * VideoReleaseScheduler::kLatenessWindow + 100ms; t += 20ms)
    SendAudio(t, 20ms);
  Picture(2100ms, 2110ms);
  EXPECT_EQ(sync_.deadline(), kStart + 2120ms);
}

TEST_F(VideoReleaseSchedulerTest, DoesNotWaitForAudioThatIsFarBehind) {
  SendAudio(0ms, VideoReleaseScheduler::kMaxFrameHold + 1ms);
  Picture(66ms, 67ms);
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(VideoReleaseSchedulerTest, DoesNotWaitForAudioThatHasStopped) {
  SendAudio(0ms, 20ms);
  const SessionTime gone = 20ms + kLead + VideoReleaseScheduler::kAudioGone;
  Picture(gone, gone);
  EXPECT_EQ(sent_.size(), 1U);
}

class VideoReleaseHoldTest : public testing::TestWithParam<unsigned> {};

INSTANTIATE_TEST_SUITE_P(Seeds, VideoReleaseHoldTest, testing::Range(0U, 20U));

TEST_P(VideoReleaseHoldTest, NoPictureIsHeldLongerThanStatedWhateverTheAudioDoes) {
  std::mt19937 random(GetParam());
  const auto pick = [&random](int least, int most) {
    return std::chrono::milliseconds(std::uniform_int_distribution(least, most)(random));
  };
  SessionTime now = kStart;
  std::deque<SessionTime> pushed_at;
  SessionTime longest{};
  VideoReleaseScheduler sync([&](std::size_t, const EncodedFrame&) {
    longest = std::max(longest, now - pushed_at.front());
    pushed_at.pop_front();
  });
  const auto pass = [&](SessionTime until) {
    for (auto due = sync.deadline(); due && *due <= until; due = sync.deadline()) {
      now = std::max(now, *due);
      sync.Poll(now);
    }
    now = until;
  };
  for (int i = 0; i < 5000; ++i) {
    pass(now + pick(0, 12));
    switch (pick(0, 5).count()) {
      case 0:
        sync.OnAudioSent(now - pick(-20, 120), now);
        break;
      case 1:
        sync.SetLead(pick(0, 1).count() == 0 ? VideoReleaseScheduler::kLead
                                             : VideoReleaseScheduler::kSourceLead);
        break;
      case 2:
        if (pick(0, 50).count() == 0) sync.SetBatchInterval(pick(0, 2) * 10);
        break;
      default:
        pushed_at.push_back(now);
        sync.Push(0, {.payload = {}, .pts = now - pick(-100, 150), .duration = {}}, now);
    }
  }
  EXPECT_GT(longest, VideoReleaseScheduler::kMaxFrameHold / 2) << "it would show nothing otherwise";
  EXPECT_LE(longest, VideoReleaseScheduler::kMaxFrameHold);
}

TEST(VideoReleaseStartTest, DoesNotHoldTheFirstPictures) {
  int sent = 0;
  VideoReleaseScheduler sync([&sent](std::size_t, const EncodedFrame&) { ++sent; });
  const auto picture = [&sync](SessionTime at) {
    sync.OnAudioSent(at - 20ms - kLead, at);
    sync.Push(0, {.payload = {}, .pts = at, .duration = {}, .key_frame = true}, at);
  };
  picture(1s);
  picture(1s + VideoReleaseScheduler::kUnsyncedStart - 1ms);
  EXPECT_EQ(sent, 2);
  picture(1s + VideoReleaseScheduler::kUnsyncedStart);
  EXPECT_EQ(sent, 2);
}

}  // namespace
}  // namespace ingress::pipeline
