#include "pipeline/route/route_choice.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

class RouteChoiceTest : public testing::Test {
 protected:
  RouteChoice Make(Transcoding transcoding = Transcoding::kAuto) {
    RouteChoice choice({.transcoding = transcoding});
    choice.SetTop({.width = 1280, .height = 720, .bitrate = 1'900'000});
    codec::SpsInfo sps;
    sps.width = sps.coded_width = 1280;
    sps.height = sps.coded_height = 720;
    sps.max_num_reorder_frames = 0;
    sps.max_dec_frame_buffering = 1;
    choice.OnParameterSets(sps, 1);
    return choice;
  }

  /// Pictures for `time`; the last answer.
  Result<void> Play(RouteChoice& choice, SessionTime time, std::size_t size = 8000,
                    bool b_slices = false, bool no_key_frames = false) {
    Result<void> result;
    for (const SessionTime end = at_ + time; at_ < end; at_ += 33ms) {
      result =
          choice.OnPicture({.size = size,
                            .timestamp = std::chrono::duration_cast<std::chrono::milliseconds>(at_),
                            .dts = at_,
                            .pts = at_,
                            .idr = true,
                            .b_slices = b_slices},
                           no_key_frames);
    }
    return result;
  }

  SessionTime at_ = 1s;
};

TEST_F(RouteChoiceTest, PassesAFittingSourceFromItsFirstPicture) {
  RouteChoice choice = Make();
  ASSERT_TRUE(Play(choice, 33ms).has_value());
  EXPECT_TRUE(choice.fits());
  EXPECT_EQ(choice.reason(), "the source fits");
}

TEST_F(RouteChoiceTest, LeavesAtOnceForBFramesAndComesBackWithPatience) {
  RouteChoice choice = Make();
  Play(choice, 1s);
  Play(choice, 33ms, 8000, true);
  EXPECT_FALSE(choice.fits());
  EXPECT_FALSE(choice.bearable());
  codec::SpsInfo sps;
  sps.max_num_reorder_frames = 0;
  sps.max_dec_frame_buffering = 1;
  sps.width = sps.height = 64;
  choice.OnParameterSets(sps, 1);
  Play(choice, 1s);
  EXPECT_FALSE(choice.fits());
  Play(choice, RouteChoice::kFitsFor);
  EXPECT_TRUE(choice.fits());
}

TEST_F(RouteChoiceTest, BearsASourceThatIsOnlyTooFatUntilAnEncoderIsReady) {
  RouteChoice choice = Make();
  Play(choice, 1s);
  Play(choice, 5s, 40'000);
  EXPECT_FALSE(choice.fits());
  EXPECT_TRUE(choice.bearable());
}

TEST_F(RouteChoiceTest, DoesNotPassMoreThanTheUplinkCarries) {
  RouteChoice choice = Make();
  Play(choice, 5s);
  choice.LimitTop(1'000'000);
  Play(choice, 33ms);
  EXPECT_FALSE(choice.fits());
  EXPECT_TRUE(choice.bearable());
}

TEST_F(RouteChoiceTest, SendsAnEndlessGopToTheLadder) {
  RouteChoice choice = Make();
  Play(choice, 1s);
  Play(choice, 33ms, 8000, false, true);
  EXPECT_FALSE(choice.fits());
}

TEST_F(RouteChoiceTest, ObeysTheOperator) {
  RouteChoice always = Make(Transcoding::kAlways);
  Play(always, 5s);
  EXPECT_FALSE(always.fits());

  RouteChoice never = Make(Transcoding::kNever);
  EXPECT_TRUE(Play(never, 5s, 40'000).has_value());
  EXPECT_TRUE(never.fits()) << "too fat, but that is what was asked for";
  const Result<void> refused = Play(never, 3s, 8000, true);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().context.find("B-frames"), std::string::npos);
}

}  // namespace
}  // namespace ingress::pipeline
