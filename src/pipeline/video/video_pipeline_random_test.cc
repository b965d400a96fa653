// A world in which everything happens in any order: PipelineRig checks each frame that is sent.
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "pipeline/video/testing/pipeline_rig.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::PipelineRig;

constexpr std::size_t kLayers = 3;

class RandomWorld {
 public:
  RandomWorld(unsigned seed, VideoPipeline::Options options) : random_(seed), rig_(options) {
    rig_.gop = std::chrono::milliseconds(Pick(500, 12'000));
    rig_.transcoder.latency = std::chrono::milliseconds(Pick(10, 120));
    rig_.SendConfig();
    if (Pick(0, 1) == 1) rig_.Run(std::chrono::milliseconds(Pick(0, 3000)));
    rig_.pipeline->OnTransportReady(rig_.now());
  }

  void Run(SessionTime time) {
    for (const SessionTime end = rig_.session_time() + time; rig_.session_time() < end;) {
      Happen();
      rig_.Run(std::chrono::milliseconds(Pick(1, 40) * 10));
    }
  }

  /// Everything becomes as it should be, and stays so.
  void Calm() {
    rig_.gop = 2s;
    rig_.frame_size = 2000;
    rig_.b_frames = false;
    rig_.live = true;
    rig_.transcoder.latency = 20ms;
    rig_.transcoder.stalled = false;
    rig_.Resume();
    rig_.SendKeyFrameIn({});
    rig_.pipeline->OnUplink(std::nullopt, rig_.now());
    rig_.Watch(kLayers);
    rig_.Run(3min);  // by then all that was given up for load has come back
  }

  PipelineRig& rig() { return rig_; }

 private:
  int Pick(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }

  void Happen() {
    switch (Pick(0, 13)) {
      case 0:
        return rig_.Watch(static_cast<std::size_t>(Pick(0, kLayers)));
      case 1:
      case 2:
      case 3:
        return rig_.RequestKeyFrame(static_cast<std::size_t>(Pick(0, kLayers - 1)));
      case 4:
        return rig_.pipeline->OnAudience(Pick(0, 1) == 1, rig_.now());
      case 5:
        return rig_.Pause();
      case 6:
        return rig_.Resume();
      case 7:
        rig_.frame_size = static_cast<std::size_t>(Pick(0, 1) == 0 ? 2'000 : 20'000);
        return;
      case 8:
        rig_.b_frames = Pick(0, 5) == 0;
        return;
      case 9:
        rig_.live = Pick(0, 3) != 0;
        return;
      case 10:
        rig_.transcoder.stalled = Pick(0, 3) == 0;
        return;
      case 11:
        return Break();
      case 12:
        return rig_.Reconnect();
      default:
        return rig_.pipeline->OnUplink(
            Pick(0, 1) == 0 ? std::nullopt : std::optional<std::uint32_t>(Pick(100, 4000) * 1000),
            rig_.now());
    }
  }

  /// Not so often that the session would end.
  void Break() {
    std::erase_if(broken_at_, [&](TimePoint at) { return rig_.now() - at > 2min; });
    if (!rig_.transcoder.running || broken_at_.size() >= TranscoderLifetime::kMaxRestarts) return;
    broken_at_.push_back(rig_.now());
    rig_.transcoder.Break();
  }

  std::mt19937 random_;
  PipelineRig rig_;
  std::deque<TimePoint> broken_at_;
};

class VideoPipelineRandomTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(VideoPipelineRandomTest, SendsNothingThatAViewerCannotDecodeAndRecovers) {
  VideoPipeline::Options options{.encoding = PipelineRig::Encoding()};
  if (GetParam() % 4 == 3) options.media.transcoding = Transcoding::kAlways;
  RandomWorld world(GetParam(), options);
  world.Run(2min);
  world.Calm();

  PipelineRig& rig = world.rig();
  EXPECT_FALSE(rig.error) << rig.error->context;
  EXPECT_TRUE(rig.result) << rig.result.error().context;
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    EXPECT_NEAR(static_cast<double>(rig.CountOf(layer, 4s)), 100, 1) << "layer " << layer;
    rig.sent.clear();
    rig.RequestKeyFrame(layer);
    rig.Run(1s);
    EXPECT_GE(rig.KeyFramesOf(layer), 1U) << "layer " << layer;
    rig.Run(4s);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, VideoPipelineRandomTest, ::testing::Range(0U, 40U));

}  // namespace
}  // namespace ingress::pipeline
