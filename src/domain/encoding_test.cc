#include "domain/encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ingress {
namespace {

using enum LayerQuality;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

struct PresetCase {
  ::livekit::IngressVideoEncodingPreset preset;
  double frame_rate;
  std::vector<LayerSpec> layers;  // LOW first
};

class VideoPresetTest : public testing::TestWithParam<PresetCase> {};

// The table that LiveKit's documentation and service agree on.
INSTANTIATE_TEST_SUITE_P(
    All, VideoPresetTest,
    testing::Values(
        PresetCase{
            ::livekit::H264_720P_30FPS_3_LAYERS,
            30,
            {{kLow, 320, 180, 237500}, {kMedium, 640, 360, 671751}, {kHigh, 1280, 720, 1900000}}},
        PresetCase{
            ::livekit::H264_1080P_30FPS_3_LAYERS,
            30,
            {{kLow, 480, 270, 437500}, {kMedium, 960, 540, 1237436}, {kHigh, 1920, 1080, 3500000}}},
        PresetCase{::livekit::H264_540P_25FPS_2_LAYERS,
                   25,
                   {{kLow, 480, 270, 353553}, {kHigh, 960, 540, 1000000}}},
        PresetCase{::livekit::H264_720P_30FPS_1_LAYER, 30, {{kHigh, 1280, 720, 1900000}}},
        PresetCase{::livekit::H264_1080P_30FPS_1_LAYER, 30, {{kHigh, 1920, 1080, 3500000}}},
        PresetCase{
            ::livekit::H264_720P_30FPS_3_LAYERS_HIGH_MOTION,
            30,
            {{kLow, 320, 180, 312500}, {kMedium, 640, 360, 883883}, {kHigh, 1280, 720, 2500000}}},
        PresetCase{
            ::livekit::H264_1080P_30FPS_3_LAYERS_HIGH_MOTION,
            30,
            {{kLow, 480, 270, 562500}, {kMedium, 960, 540, 1590990}, {kHigh, 1920, 1080, 4500000}}},
        PresetCase{::livekit::H264_540P_25FPS_2_LAYERS_HIGH_MOTION,
                   25,
                   {{kLow, 480, 270, 459619}, {kHigh, 960, 540, 1300000}}},
        PresetCase{
            ::livekit::H264_720P_30FPS_1_LAYER_HIGH_MOTION, 30, {{kHigh, 1280, 720, 2500000}}},
        PresetCase{
            ::livekit::H264_1080P_30FPS_1_LAYER_HIGH_MOTION, 30, {{kHigh, 1920, 1080, 4500000}}}));

TEST_P(VideoPresetTest, HasTheLayersOfTheTable) {
  ::livekit::IngressVideoOptions options;
  options.set_preset(GetParam().preset);
  const VideoEncoding encoding = ResolveVideoEncoding(options).value();
  EXPECT_EQ(encoding.frame_rate, GetParam().frame_rate);
  EXPECT_EQ(encoding.codec, RequestedVideoCodec::kDefault);
  EXPECT_THAT(encoding.layers, ElementsAreArray(GetParam().layers));
}

TEST(VideoEncodingTest, TakesTheFirstPresetWhenNothingIsAskedFor) {
  const VideoEncoding encoding = ResolveVideoEncoding({}).value();
  EXPECT_EQ(encoding.layers.size(), 3u);
  EXPECT_EQ(encoding.layers.back(), (LayerSpec{kHigh, 1280, 720, 1900000}));
  EXPECT_EQ(encoding.source, ::livekit::CAMERA);
  EXPECT_EQ(encoding.name, "");
}

TEST(VideoEncodingTest, KeepsNameAndSource) {
  ::livekit::IngressVideoOptions options;
  options.set_name("stage");
  options.set_source(::livekit::SCREEN_SHARE);
  const VideoEncoding encoding = ResolveVideoEncoding(options).value();
  EXPECT_EQ(encoding.name, "stage");
  EXPECT_EQ(encoding.source, ::livekit::SCREEN_SHARE);
}

TEST(VideoEncodingTest, FillsCustomOptionsWithDefaults) {
  ::livekit::IngressVideoOptions options;
  options.mutable_options();
  const VideoEncoding encoding = ResolveVideoEncoding(options).value();
  EXPECT_EQ(encoding.frame_rate, 30);
  EXPECT_EQ(encoding.codec, RequestedVideoCodec::kDefault);
  EXPECT_THAT(encoding.layers,
              ElementsAre(LayerSpec{kLow, 320, 180, 212500}, LayerSpec{kMedium, 640, 360, 601040},
                          LayerSpec{kHigh, 1280, 720, 1700000}));
}

TEST(VideoEncodingTest, TakesCustomLayersInOrderOfQualityAndFillsBitrates) {
  ::livekit::IngressVideoOptions options;
  auto* custom = options.mutable_options();
  custom->set_video_codec(::livekit::VP8);
  custom->set_frame_rate(15);
  auto* high = custom->add_layers();
  high->set_quality(::livekit::HIGH);
  high->set_width(1920);
  high->set_height(1080);
  auto* low = custom->add_layers();
  low->set_quality(::livekit::LOW);
  low->set_width(480);
  low->set_height(270);
  auto* off = custom->add_layers();
  off->set_quality(::livekit::OFF);
  off->set_width(100);
  off->set_height(100);
  auto* medium = custom->add_layers();
  medium->set_quality(::livekit::MEDIUM);
  medium->set_width(960);
  medium->set_height(540);
  medium->set_bitrate(123456);
  const VideoEncoding encoding = ResolveVideoEncoding(options).value();
  EXPECT_EQ(encoding.codec, RequestedVideoCodec::kVp8);
  EXPECT_EQ(encoding.frame_rate, 15);
  EXPECT_THAT(encoding.layers,
              ElementsAre(LayerSpec{kLow, 480, 270, 260139}, LayerSpec{kMedium, 960, 540, 123456},
                          LayerSpec{kHigh, 1920, 1080, 2081112}));
}

TEST(VideoEncodingTest, KeepsAFractionalFrameRateAndCutsAnAbsurdOne) {
  ::livekit::IngressVideoOptions options;
  const auto rate = [&options](double asked) {
    options.mutable_options()->set_frame_rate(asked);
    return ResolveVideoEncoding(options).value().frame_rate;
  };
  EXPECT_DOUBLE_EQ(rate(29.97), 29.97);
  EXPECT_EQ(rate(0), 30);
  EXPECT_EQ(rate(std::numeric_limits<double>::quiet_NaN()), 30);
  EXPECT_EQ(rate(std::numeric_limits<double>::infinity()), kMaxFrameRate);
  EXPECT_EQ(rate(1e300), kMaxFrameRate);
}

TEST(VideoEncodingTest, TellsBaselineByNameFromTheDefault) {
  ::livekit::IngressVideoOptions options;
  options.mutable_options()->set_video_codec(::livekit::H264_BASELINE);
  EXPECT_EQ(ResolveVideoEncoding(options)->codec, RequestedVideoCodec::kH264Baseline);
}

TEST(VideoEncodingTest, RejectsWhatItCannotMake) {
  ::livekit::IngressVideoOptions options;
  options.set_preset(static_cast<::livekit::IngressVideoEncodingPreset>(10));
  EXPECT_EQ(ResolveVideoEncoding(options).error().context, "invalid video encoding preset");
  options.mutable_options()->set_video_codec(::livekit::H264_HIGH);
  EXPECT_EQ(ResolveVideoEncoding(options).error().code, ErrorCode::kUnsupported);
  options.mutable_options()->set_video_codec(::livekit::DEFAULT_VC);
  options.mutable_options()->add_layers()->set_quality(::livekit::OFF);
  EXPECT_EQ(ResolveVideoEncoding(options).error().context, "invalid video options");
}

TEST(ScaledBitrateTest, MatchesTheReferenceValues) {
  EXPECT_EQ(ScaledBitrate({}, 30, 1920, 1080), 3500000u);
  EXPECT_EQ(ScaledBitrate({}, 15, 1920, 1080), 2081112u);
  EXPECT_EQ(ScaledBitrate({}, 15, 480, 270), 260139u);
}

TEST(ScaledBitrateTest, StaysInRangeForAnySize) {
  constexpr auto kMax = std::numeric_limits<std::uint32_t>::max();
  EXPECT_EQ(ScaledBitrate({}, 240, kMax, kMax), kMaxVideoBitrate);
  EXPECT_EQ(ScaledBitrate({}, 30, 0, 0), 1u);
}

TEST(AudioEncodingTest, KnowsBothPresets) {
  ::livekit::IngressAudioOptions options;
  const AudioEncoding none = ResolveAudioEncoding(options).value();
  EXPECT_EQ(none.channels, 2u);
  EXPECT_EQ(none.bitrate, 96000u);
  EXPECT_TRUE(none.dtx);
  EXPECT_EQ(none.source, ::livekit::MICROPHONE);
  options.set_preset(::livekit::OPUS_MONO_64KBS);
  EXPECT_EQ(ResolveAudioEncoding(options)->channels, 1u);
  EXPECT_EQ(ResolveAudioEncoding(options)->bitrate, 64000u);
  options.set_preset(static_cast<::livekit::IngressAudioEncodingPreset>(2));
  EXPECT_EQ(ResolveAudioEncoding(options).error().context, "invalid audio encoding preset");
}

TEST(AudioEncodingTest, FillsCustomOptionsWithDefaults) {
  ::livekit::IngressAudioOptions options;
  options.set_name("sound");
  options.set_source(::livekit::SCREEN_SHARE_AUDIO);
  auto* custom = options.mutable_options();
  EXPECT_EQ(ResolveAudioEncoding(options)->channels, 2u);
  EXPECT_EQ(ResolveAudioEncoding(options)->bitrate, 96000u);
  custom->set_channels(1);
  EXPECT_EQ(ResolveAudioEncoding(options)->bitrate, 64000u);
  custom->set_bitrate(32000);
  custom->set_disable_dtx(true);
  const AudioEncoding encoding = ResolveAudioEncoding(options).value();
  EXPECT_EQ(encoding.name, "sound");
  EXPECT_EQ(encoding.source, ::livekit::SCREEN_SHARE_AUDIO);
  EXPECT_EQ(encoding.bitrate, 32000u);
  EXPECT_FALSE(encoding.dtx);
}

TEST(AudioEncodingTest, StaysWithinWhatOpusCanDo) {
  ::livekit::IngressAudioOptions options;
  options.mutable_options()->set_bitrate(4'000'000'000);
  EXPECT_EQ(ResolveAudioEncoding(options)->bitrate, kMaxAudioBitrate);
  options.mutable_options()->set_bitrate(1);
  EXPECT_EQ(ResolveAudioEncoding(options)->bitrate, kMinAudioBitrate);
  options.mutable_options()->set_audio_codec(::livekit::AAC);
  EXPECT_EQ(ResolveAudioEncoding(options).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace ingress
