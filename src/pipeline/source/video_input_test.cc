#include "pipeline/source/video_input.h"

#include <gtest/gtest.h>

#include "codec/avc_config.h"
#include "codec/testing/nal_units.h"
#include "stream/testing/timestamps.h"

namespace ingress::pipeline {
namespace {

using codec::MakePps;
using codec::MakeSlice;
using codec::MakeSps;
using codec::Prefixed;
using namespace std::chrono_literals;
using Kind = stream::VideoUnit::Kind;
using State = TrackHealth::State;

class VideoInputTest : public testing::Test {
 protected:
  VideoMessage Read(stream::VideoUnit unit, const Bytes& data) {
    unit.dts = stream::AtMs(timestamp_);
    unit.payload = stream::Payload(data);
    return input_.Read(std::move(unit));
  }
  /// A message; returns how many pictures came of it.
  int Send(stream::VideoUnit unit, const Bytes& data) {
    VideoMessage message = Read(std::move(unit), data);
    input_.Push(std::move(message), {.time = now_.time_since_epoch(), .live = true}, now_);
    return Take();
  }
  int Take() {
    int pictures = 0;
    while (const auto output = input_.Next(now_)) pictures += output->picture ? 1 : 0;
    return pictures;
  }
  int Picture(bool key, std::uint32_t first = 0) {
    return Send({.kind = Kind::kFrame, .codec = VideoCodec::kH264, .key_frame = key},
                Prefixed({MakeSlice(key, first)}));
  }
  void Header() {
    Send({.kind = Kind::kFormat, .codec = VideoCodec::kH264},
         codec::SerializeAvcConfig(
             {.profile_idc = 66, .sps = {MakeSps(0, 640, 368)}, .pps = {MakePps(0, 0)}}));
  }
  void Wait(std::chrono::milliseconds time) {
    now_ += time;
    timestamp_ += static_cast<std::uint32_t>(time.count());
  }

  std::vector<std::string> log_;
  VideoInput input_{
      observability::Logger({}, [this](std::string_view line) { log_.emplace_back(line); })};
  TimePoint now_{1000s};
  std::uint32_t timestamp_ = 0;
};

TEST_F(VideoInputTest, CountsAPictureInPartsOnce) {
  Header();
  int pictures = 0;
  for (int i = 0; i < 90; ++i) {
    for (std::uint32_t slice = 0; slice < 4; ++slice) pictures += Picture(i == 0, slice * 100);
    Wait(40ms);
  }
  EXPECT_GE(pictures, 89);
  EXPECT_NEAR(input_.frames_per_second(), 25, 1);
  EXPECT_EQ(input_.health().state(now_), State::kWorking);
}

TEST_F(VideoInputTest, MeasuresABurstByItsTimestamps) {
  Header();
  const TimePoint begun = now_;
  for (int i = 0; i < 90; ++i) {
    const TimePoint time = begun + i * 40ms;
    VideoMessage message =
        Read({.kind = Kind::kFrame, .codec = VideoCodec::kH264, .key_frame = time == begun},
             Prefixed({MakeSlice(time == begun, 0)}));
    input_.Push(std::move(message), {.time = time.time_since_epoch(), .live = false}, begun);
    Take();
    timestamp_ += 40;
  }
  EXPECT_NEAR(input_.frames_per_second(), 25, 1);
}

TEST_F(VideoInputTest, LogsWhatMakesNoSenseOnceWithItsCount) {
  Header();
  for (int i = 0; i < 150; ++i) {
    Picture(i == 0);
    input_.OnUnreadable({ErrorCode::kMalformed, "cut short"}, now_);
    Send({.kind = Kind::kFrame, .codec_name = "FLV codec id 2"}, Prefixed({MakeSlice(false, 0)}));
    Wait(40ms);
  }
  EXPECT_EQ(log_.size(), 1U);
  EXPECT_EQ(input_.health().unusable(), 300U);
  EXPECT_EQ(input_.health().state(now_), State::kWorking);
  EXPECT_EQ(input_.health().Hopeless(now_), std::nullopt);
}

TEST_F(VideoInputTest, SaysWhyATrackIsHopeless) {
  for (int i = 0; i < 80; ++i) {
    Send({.kind = Kind::kFrame, .codec_name = "FourCC vvc1"}, Prefixed({MakeSlice(false, 0)}));
    Wait(40ms);
  }
  ASSERT_TRUE(input_.health().Hopeless(now_));
  EXPECT_EQ(input_.health().Hopeless(now_)->code, ErrorCode::kUnsupported);
  EXPECT_EQ(input_.health().Hopeless(now_)->context, "video codec: FourCC vvc1");
}

TEST_F(VideoInputTest, KnowsThatAStreamWaitsForItsHeaders) {
  for (int i = 0; i < 80; ++i) {
    Picture(i == 0);
    Wait(40ms);
  }
  EXPECT_EQ(input_.health().state(now_), State::kUnusable);
  EXPECT_EQ(input_.health().Hopeless(now_), std::nullopt);
  EXPECT_EQ(input_.frames_per_second(), 0) << "none is of use";
}

TEST_F(VideoInputTest, BeginsAnewWithAnotherConnection) {
  Header();
  for (int i = 0; i < 10; ++i) {
    Picture(i == 0);
    Wait(40ms);
  }
  input_.OnConnection();
  EXPECT_EQ(Take(), 0);
  EXPECT_EQ(Picture(false), 0) << "it refers to a picture of another encoder";
}

}  // namespace
}  // namespace ingress::pipeline
