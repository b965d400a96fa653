#include "service/node/sfu_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::service {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::uint32_t kMax = 0xFFFF'FFFF;

SfuVerdict Ready() { return {.state = SfuState::kReady}; }
SfuVerdict Bad(SfuState state) { return {.state = state, .cause = "cause", .remedy = "remedy"}; }

class SfuWatchTest : public testing::Test {
 protected:
  SfuWatch watch_{"livekit-server at ws://h"};
};

TEST_F(SfuWatchTest, IsNotReadyBeforeItHasAsked) {
  EXPECT_FALSE(watch_.ready());
  EXPECT_EQ(watch_.status(), "livekit-server at ws://h: not tried yet");
}

TEST_F(SfuWatchTest, TellsTheFirstFailureAtTheStart) {
  EXPECT_TRUE(watch_.OnVerdict(Bad(SfuState::kUnreachable)));
  EXPECT_FALSE(watch_.ready());
  EXPECT_EQ(watch_.status(), "livekit-server at ws://h: cause; remedy");
  EXPECT_FALSE(watch_.OnVerdict(Bad(SfuState::kUnreachable))) << "said once";
  EXPECT_TRUE(watch_.OnVerdict({.state = SfuState::kUnreachable, .cause = "another"}));
  EXPECT_TRUE(watch_.OnVerdict(Bad(SfuState::kToken)));
  EXPECT_TRUE(watch_.OnVerdict(Ready()));
  EXPECT_TRUE(watch_.ready());
  EXPECT_FALSE(watch_.OnVerdict(Ready()));
}

TEST_F(SfuWatchTest, AsksTwiceBeforeAServerThatWasReadyIsNot) {
  for (const SfuState state :
       {SfuState::kUnreachable, SfuState::kSilent, SfuState::kRefused, SfuState::kNotLiveKit}) {
    watch_.OnVerdict(Ready());
    EXPECT_FALSE(watch_.OnVerdict(Bad(state)));
    EXPECT_TRUE(watch_.ready());
    EXPECT_EQ(watch_.NextPause(kMax), SfuWatch::kAgainAfter);
    EXPECT_TRUE(watch_.OnVerdict(Bad(state)));
    EXPECT_FALSE(watch_.ready());
  }
  watch_.OnVerdict(Ready());
  watch_.OnVerdict(Bad(SfuState::kSilent));
  watch_.OnVerdict(Ready());
  EXPECT_FALSE(watch_.OnVerdict(Bad(SfuState::kSilent))) << "two, but not in a row";
  EXPECT_TRUE(watch_.ready());
}

TEST_F(SfuWatchTest, BelievesAtOnceWhatDoesNotPassByItself) {
  for (const SfuState state : {SfuState::kToken, SfuState::kCertificate, SfuState::kClock}) {
    watch_.OnVerdict(Ready());
    EXPECT_TRUE(watch_.OnVerdict(Bad(state)));
    EXPECT_FALSE(watch_.ready());
  }
}

TEST_F(SfuWatchTest, TellsAClockOnceThoughItsOffsetGoesOn) {
  EXPECT_TRUE(watch_.OnVerdict({.state = SfuState::kClock, .cause = "300 s"}));
  EXPECT_FALSE(watch_.OnVerdict({.state = SfuState::kClock, .cause = "301 s"}));
  EXPECT_THAT(watch_.status(), HasSubstr("301 s"));
}

TEST_F(SfuWatchTest, AsksSeldomWhileAllIsWellAndSoonWhereItCouldMend) {
  watch_.OnVerdict(Ready());
  EXPECT_EQ(watch_.NextPause(0), 8s);
  EXPECT_EQ(watch_.NextPause(kMax), 12s);
  watch_.OnVerdict(Bad(SfuState::kSilent));
  watch_.OnVerdict(Bad(SfuState::kSilent));
  EXPECT_LE(watch_.NextPause(0), 500ms);
  for (int i = 0; i < 10; ++i) watch_.NextPause(0);
  EXPECT_EQ(watch_.NextPause(0), 5s);
  watch_.OnVerdict(Bad(SfuState::kToken));
  for (int i = 0; i < 10; ++i) watch_.NextPause(0);
  EXPECT_EQ(watch_.NextPause(0), 15s);
}

TEST_F(SfuWatchTest, NotesAClockThatIsStillGoodEnough) {
  watch_.OnVerdict({.state = SfuState::kReady, .clock_offset = 30s});
  EXPECT_EQ(watch_.note(), "");
  watch_.OnVerdict({.state = SfuState::kReady, .clock_offset = -42s});
  EXPECT_THAT(watch_.note(), HasSubstr("42 s behind livekit-server's"));
  EXPECT_TRUE(watch_.ready());
}

}  // namespace
}  // namespace ingress::service
