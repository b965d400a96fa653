#include "handler/input_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

#include "stream/testing/timestamps.h"

namespace ingress::handler {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// An encoder of 30 pictures per second, and 1 s of audio as 50 messages; times in seconds.
class InputWatchTest : public testing::Test {
 protected:
  using Function = std::function<double(double t)>;

  /// `sent`: when media of `t` comes. `video_timestamp`: in milliseconds.
  void Run(
      double seconds, const Function& sent = [](double t) { return t; },
      const Function& video_timestamp = [](double t) { return t * 1000; }) {
    for (int i = 0; i < seconds * 150; ++i) {
      const double t = i / 150.0;
      const double at = sent(t);
      if (i % 5 == 0) Message(TrackKind::kVideo, video_timestamp(t), at);
      if (i % 3 == 0) Message(TrackKind::kAudio, t * 1000, at);
    }
  }

  void Message(TrackKind kind, double timestamp, double at) {
    const auto arrival = std::chrono::duration_cast<SessionTime>(std::chrono::duration<double>(at));
    const auto duration = kind == TrackKind::kAudio ? SessionTime(20ms) : SessionTime{};
    const Placed placed = timeline_.Map(
        kind, stream::AtMs(static_cast<std::uint32_t>(std::llround(timestamp))), arrival, duration);
    watch_.OnMessage(kind, kind == TrackKind::kAudio ? 300 : 8000, placed.live);
    const TimePoint now = TimePoint() + arrival;
    watch_.Poll(timeline_, 0, warnings_, now);
    for (const Warnings::Change& change : warnings_.Poll(now)) ever_.insert(change.warning.code());
  }

  std::vector<std::string> Causes() const {
    std::vector<std::string> causes;
    for (const Warning& warning : warnings_.active()) causes.push_back(warning.cause());
    return causes;
  }
  std::vector<WarningCode> Codes() const {
    std::vector<WarningCode> codes;
    for (const Warning& warning : warnings_.active()) codes.push_back(warning.code());
    return codes;
  }

  Timeline timeline_;
  InputWatch watch_;
  Warnings warnings_;
  std::set<WarningCode> ever_;
};

TEST_F(InputWatchTest, SaysNothingOfAGoodStream) {
  Run(30);
  EXPECT_THAT(Codes(), IsEmpty());
}

TEST_F(InputWatchTest, DescribesWrongTimestamps) {
  Run(6, [](double t) { return t; }, [](double t) { return t * 90'000; });
  ASSERT_THAT(Codes(), ElementsAre(WarningCode::kTimestampsWrong));
  EXPECT_THAT(Causes().front(), testing::HasSubstr("the video timestamps advance 90 s per second"));
}

TEST_F(InputWatchTest, TellsTimestampsThatStandStill) {
  Run(6, [](double t) { return t; }, [](double) { return 0; });
  ASSERT_THAT(Codes(), ElementsAre(WarningCode::kTimestampsWrong));
  EXPECT_THAT(Causes().front(), testing::HasSubstr("the video timestamps stand still"));
}

TEST_F(InputWatchTest, ForgetsTimestampsThatAreRightAgain) {
  Run(25, [](double t) { return t; }, [](double t) { return t < 6 ? 0 : t * 1000; });
  EXPECT_THAT(Codes(), IsEmpty());
}

TEST_F(InputWatchTest, ForgetsTheTimestampsOfATrackThatHasEnded) {
  Run(6, [](double t) { return t; }, [](double) { return 0; });
  for (int i = 300; i < 900; ++i) Message(TrackKind::kAudio, i * 20, i * 0.02);
  EXPECT_THAT(Codes(), ElementsAre(WarningCode::kTimestampsWrong)) << "it may pause";
  for (int i = 900; i < 2200; ++i) Message(TrackKind::kAudio, i * 20, i * 0.02);
  EXPECT_THAT(Codes(), IsEmpty());
}

TEST_F(InputWatchTest, TellsASlowEncoderByItsPace) {
  Run(12, [](double t) { return t / 0.9; });
  ASSERT_THAT(Codes(), ElementsAre(WarningCode::kEncoderSlow));
  EXPECT_THAT(Causes().front(), testing::HasSubstr("0.90x real time"));
}

TEST_F(InputWatchTest, TellsAFileAndNotItsDrops) {
  Run(200, [](double t) { return t / 20; });
  ASSERT_THAT(Codes(), ElementsAre(WarningCode::kEncoderFast));
  EXPECT_THAT(Causes().front(), testing::HasSubstr("20x real time"));
}

TEST_F(InputWatchTest, TellsAFastEncoderAndNeverItsDrops) {
  Run(40, [](double t) { return t / 4; });
  EXPECT_THAT(Codes(), ElementsAre(WarningCode::kEncoderFast));
  EXPECT_THAT(ever_, ElementsAre(WarningCode::kEncoderFast));
}

TEST_F(InputWatchTest, TellsAThinUploadAndNotItsDrops) {
  Run(4, [](double t) { return t / 0.23; });
  ASSERT_THAT(Codes(), ElementsAre(WarningCode::kUploadTooSlow));
  EXPECT_THAT(Causes().front(), testing::HasSubstr("Mb/s arrive"));
}

}  // namespace
}  // namespace ingress::handler
