#include "pipeline/route/route_selector.h"

#include <gtest/gtest.h>

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;

class RouteSelectorTest : public testing::Test {
 protected:
  RouteSelector Make(Transcoding transcoding = Transcoding::kAuto) {
    RouteSelector selector({.transcoding = transcoding});
    selector.SetTop({.width = 1280, .height = 720, .bitrate = 1'900'000});
    codec::SpsInfo sps;
    sps.width = sps.coded_width = 1280;
    sps.height = sps.coded_height = 720;
    sps.max_num_reorder_frames = 0;
    sps.max_dec_frame_buffering = 1;
    selector.OnParameterSets(sps, 1);
    return selector;
  }

  /// Pictures for `time`; the last answer.
  Result<void> Play(RouteSelector& selector, SessionTime time, std::size_t size = 8000,
                    bool b_slices = false, bool no_key_frames = false) {
    Result<void> result;
    for (const SessionTime end = at_ + time; at_ < end; at_ += 33ms) {
      result = selector.OnPicture({.size = size,
                                   .timestamp = at_,
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

TEST_F(RouteSelectorTest, PassesAFittingSourceFromItsFirstPicture) {
  RouteSelector selector = Make();
  ASSERT_TRUE(Play(selector, 33ms).has_value());
  EXPECT_TRUE(selector.eligible());
  EXPECT_EQ(selector.reason(), "the source fits");
}

TEST_F(RouteSelectorTest, LeavesAtOnceForBFramesAndComesBackWithPatience) {
  RouteSelector selector = Make();
  Play(selector, 1s);
  Play(selector, 33ms, 8000, true);
  EXPECT_FALSE(selector.eligible());
  EXPECT_FALSE(selector.over_budget());
  codec::SpsInfo sps;
  sps.max_num_reorder_frames = 0;
  sps.max_dec_frame_buffering = 1;
  sps.width = sps.height = 64;
  selector.OnParameterSets(sps, 1);
  Play(selector, 1s);
  EXPECT_FALSE(selector.eligible());
  Play(selector, RouteSelector::kEligibleFor);
  EXPECT_TRUE(selector.eligible());
}

TEST_F(RouteSelectorTest, BearsASourceThatIsOnlyTooFatUntilAnEncoderIsReady) {
  RouteSelector selector = Make();
  Play(selector, 1s);
  Play(selector, 5s, 40'000);
  EXPECT_FALSE(selector.eligible());
  EXPECT_TRUE(selector.over_budget());
}

TEST_F(RouteSelectorTest, DoesNotPassMoreThanTheUplinkCarries) {
  RouteSelector selector = Make();
  Play(selector, 5s);
  selector.LimitTop(1'000'000);
  Play(selector, 33ms);
  EXPECT_FALSE(selector.eligible());
  EXPECT_TRUE(selector.over_budget());
}

TEST_F(RouteSelectorTest, SendsAnEndlessGopToTheLadder) {
  RouteSelector selector = Make();
  Play(selector, 1s);
  Play(selector, 33ms, 8000, false, true);
  EXPECT_FALSE(selector.eligible());
}

TEST_F(RouteSelectorTest, ObeysTheOperator) {
  RouteSelector always = Make(Transcoding::kAlways);
  Play(always, 5s);
  EXPECT_FALSE(always.eligible());

  RouteSelector never = Make(Transcoding::kNever);
  EXPECT_TRUE(Play(never, 5s, 40'000).has_value());
  EXPECT_TRUE(never.eligible()) << "too fat, but that is what was asked for";
  const Result<void> refused = Play(never, 3s, 8000, true);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().context.find("B-frames"), std::string::npos);
}

TEST_F(RouteSelectorTest, PassesASourceThatGrowsWhereNothingMayBeTranscoded) {
  codec::SpsInfo larger;
  larger.width = larger.coded_width = 1920;
  larger.height = larger.coded_height = 1080;
  larger.max_num_reorder_frames = 0;
  larger.max_dec_frame_buffering = 1;
  RouteSelector never = Make(Transcoding::kNever);
  Play(never, 1s);
  never.OnParameterSets(larger, 1);
  EXPECT_TRUE(Play(never, 3s).has_value());
  EXPECT_TRUE(never.eligible());
  RouteSelector automatic = Make();
  Play(automatic, 1s);
  automatic.OnParameterSets(larger, 1);
  Play(automatic, 3s);
  EXPECT_FALSE(automatic.eligible());
}

}  // namespace
}  // namespace ingress::pipeline
