#include "handler/lip_sync.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ingress::handler {
namespace {

using namespace std::chrono_literals;

constexpr SessionTime kStart = 10s;  // of what is looked at; the first picture came long before

/// What left, as "<layer>:<ms after kStart>".
class LipSyncTest : public testing::Test {
 protected:
  LipSyncTest() {
    Picture(-9000ms, -9000ms);
    sent_.clear();
  }

  void Picture(SessionTime pts, SessionTime now, std::size_t layer = 0) {
    sync_.Push(layer, {.payload = {}, .pts = kStart + pts, .duration = {}, .key_frame = false},
               kStart + now);
  }

  /// Sound goes out that lets pictures of before `until` go.
  void Sound(SessionTime until, SessionTime now) {
    sync_.OnSound(kStart + until - LipSync::kPictureLead, kStart + now);
  }

  std::vector<std::string> sent_;
  LipSync sync_{[this](std::size_t layer, const EncodedFrame& frame) {
    const auto after = std::chrono::duration_cast<std::chrono::milliseconds>(frame.pts - kStart);
    sent_.push_back(std::to_string(layer) + ":" + std::to_string(after.count()));
  }};
};

using Sent = std::vector<std::string>;

TEST_F(LipSyncTest, LetsAPictureLeaveWithTheSoundOfItsTime) {
  Sound(10ms, 0ms);
  Picture(20ms, 1ms, 0);
  Picture(20ms, 2ms, 1);
  Sound(20ms, 15ms);
  EXPECT_EQ(sent_, Sent{});
  Sound(40ms, 25ms);
  EXPECT_EQ(sent_, (Sent{"0:20", "1:20"}));
  Picture(33ms, 34ms);
  EXPECT_EQ(sent_.back(), "0:33");
}

TEST_F(LipSyncTest, KeepsTheOrderOfPicturesThatNeedNotWait) {
  Sound(10ms, 0ms);
  Picture(40ms, 1ms, 0);
  Picture(5ms, 2ms, 1);
  EXPECT_EQ(sent_, Sent{});
  Sound(50ms, 30ms);
  EXPECT_EQ(sent_, (Sent{"0:40", "1:5"}));
}

TEST_F(LipSyncTest, WaitsForALimitedTime) {
  Sound(20ms, 0ms);
  Picture(40ms, 5ms);
  Sound(30ms, 40ms);
  sync_.Poll(kStart + 4ms + LipSync::kMaxHold);
  EXPECT_EQ(sent_, Sent{});
  sync_.Poll(kStart + 5ms + LipSync::kMaxHold);
  EXPECT_EQ(sent_, Sent{"0:40"});
}

TEST_F(LipSyncTest, DoesNotWaitForSoundThatIsFarBehind) {
  Sound(0ms, 0ms);
  Picture(LipSync::kMaxHold, 1ms);
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(LipSyncTest, DoesNotWaitForSoundThatHasStopped) {
  Sound(20ms, 0ms);
  Picture(30ms, 1ms);
  EXPECT_EQ(sent_, Sent{});
  Picture(60ms, LipSync::kSoundGone);
  EXPECT_EQ(sent_, (Sent{"0:30", "0:60"}));
}

TEST(LipSyncStartTest, DoesNotHoldTheFirstPictures) {
  int sent = 0;
  LipSync sync([&sent](std::size_t, const EncodedFrame&) { ++sent; });
  const auto picture = [&sync](SessionTime at) {
    sync.OnSound(at - LipSync::kPictureLead, at);
    sync.Push(0, {.payload = {}, .pts = at, .duration = {}, .key_frame = true}, at);
  };
  picture(1s);
  picture(1s + LipSync::kSettled - 1ms);
  EXPECT_EQ(sent, 2);
  picture(1s + LipSync::kSettled);
  EXPECT_EQ(sent, 2);
}

}  // namespace
}  // namespace ingress::handler
