#include "domain/validation.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

namespace ingress {
namespace {

::livekit::IngressInfo Push(::livekit::IngressInput input) {
  ::livekit::IngressInfo info;
  info.set_ingress_id("IN_test");
  info.set_input_type(input);
  info.set_stream_key("key");
  info.set_room_name("room");
  info.set_participant_identity("cam");
  return info;
}

::livekit::IngressInfo Rtmp() { return Push(::livekit::RTMP_INPUT); }

::livekit::IngressInfo Url() {
  ::livekit::IngressInfo info = Push(::livekit::URL_INPUT);
  info.clear_stream_key();
  info.set_url("https://example.com/a.m3u8");
  return info;
}

::livekit::VideoLayer* AddLayer(::livekit::IngressInfo& info, ::livekit::VideoQuality quality,
                                std::uint32_t width, std::uint32_t height) {
  auto* layer = info.mutable_video()->mutable_options()->add_layers();
  layer->set_quality(quality);
  layer->set_width(width);
  layer->set_height(height);
  return layer;
}

struct RuleCase {
  const char* name;
  std::function<::livekit::IngressInfo()> make;
  const char* text;  // empty: valid
};

class ValidationRuleTest : public testing::TestWithParam<RuleCase> {};

TEST_P(ValidationRuleTest, GivesLiveKitsVerdict) {
  const auto valid = ValidateIngress(GetParam().make());
  if (*GetParam().text == '\0') {
    EXPECT_TRUE(valid.has_value()) << valid.error().message;
  } else {
    ASSERT_FALSE(valid.has_value());
    EXPECT_EQ(valid.error().code, "invalid_argument");
    EXPECT_EQ(valid.error().message, GetParam().text);
  }
}

using Info = ::livekit::IngressInfo;

// Builds on a valid RTMP ingress.
std::function<Info()> With(std::function<void(Info&)> change) {
  return [change = std::move(change)] {
    Info info = Rtmp();
    change(info);
    return info;
  };
}

std::function<Info()> WithWhip(std::function<void(Info&)> change) {
  return [change = std::move(change)] {
    Info info = Push(::livekit::WHIP_INPUT);
    change(info);
    return info;
  };
}

std::string NameOf(const testing::TestParamInfo<RuleCase>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Ingress, ValidationRuleTest,
    testing::Values(RuleCase{"Rtmp", Rtmp, ""}, RuleCase{"Url", Url, ""},
                    RuleCase{"Whip", [] { return Push(::livekit::WHIP_INPUT); }, ""},
                    RuleCase{"NoRoom", With([](Info& i) { i.clear_room_name(); }),
                             "invalid ingress: no room name"},
                    RuleCase{"Empty", [] { return Info(); }, "invalid ingress: no room name"},
                    RuleCase{"InputType", With([](Info& i) {
                               i.set_input_type(static_cast<::livekit::IngressInput>(3));
                             }),
                             "invalid ingress: unsupported input type"},
                    RuleCase{"NoKey", With([](Info& i) { i.clear_stream_key(); }),
                             "invalid ingress: no stream key"},
                    RuleCase{"WhipNoKey", WithWhip([](Info& i) { i.clear_stream_key(); }),
                             "invalid ingress: no stream key"},
                    RuleCase{"NoUrl",
                             [] {
                               Info info = Url();
                               info.clear_url();
                               return info;
                             },
                             "invalid ingress: no source URL"},
                    RuleCase{"UrlDisabled",
                             [] {
                               Info info = Url();
                               info.set_enabled(false);
                               return info;
                             },
                             "invalid ingress: disabled non reusable ingress"},
                    RuleCase{"DisabledPushIsValid", With([](Info& i) { i.set_enabled(false); }),
                             ""},
                    RuleCase{"NoIdentity", With([](Info& i) { i.clear_participant_identity(); }),
                             "invalid ingress: no participant identity"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Transcoding, ValidationRuleTest,
    testing::Values(
        RuleCase{"BypassRtmp", With([](Info& i) { i.set_bypass_transcoding(true); }),
                 "invalid transcoding bypass configuration: bypassing transcoding impossible with "
                 "selected input type"},
        RuleCase{"BypassVideo", WithWhip([](Info& i) {
                   i.set_bypass_transcoding(true);
                   i.mutable_video()->set_preset(::livekit::H264_720P_30FPS_3_LAYERS);
                 }),
                 "invalid transcoding bypass configuration: video encoding options must be empty "
                 "if transcoding bypass is selected"},
        RuleCase{"BypassAudio", WithWhip([](Info& i) {
                   i.set_bypass_transcoding(true);
                   i.mutable_video()->set_name("video without options is fine");
                   i.mutable_audio()->mutable_options();
                 }),
                 "invalid transcoding bypass configuration: audio encoding options must be empty "
                 "if transcoding bypass is selected"},
        RuleCase{"RtmpWithout", With([](Info& i) { i.set_enable_transcoding(false); }),
                 "invalid transcoding bypass configuration: bypassing transcoding impossible with "
                 "selected input type"},
        RuleCase{"RtmpWith", With([](Info& i) { i.set_enable_transcoding(true); }), ""},
        RuleCase{"WhipVideo", WithWhip([](Info& i) { i.mutable_video()->mutable_options(); }),
                 "invalid transcoding bypass configuration: video encoding options must be empty "
                 "if transcoding is disabled"},
        RuleCase{"WhipAudio", WithWhip([](Info& i) {
                   i.set_enable_transcoding(false);
                   i.mutable_audio()->set_preset(::livekit::OPUS_STEREO_96KBPS);
                 }),
                 "invalid transcoding bypass configuration: audio encoding options must be empty "
                 "if transcoding is disabled"},
        RuleCase{"WhipTranscoded", WithWhip([](Info& i) {
                   i.set_enable_transcoding(true);
                   i.mutable_video()->mutable_options();
                 }),
                 ""}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Video, ValidationRuleTest,
    testing::Values(
        RuleCase{"Source",
                 With([](Info& i) { i.mutable_video()->set_source(::livekit::MICROPHONE); }),
                 "invalid video parameters: invalid track source"},
        RuleCase{"Preset", With([](Info& i) {
                   i.mutable_video()->set_preset(
                       static_cast<::livekit::IngressVideoEncodingPreset>(10));
                 }),
                 "invalid video parameters: invalid preset"},
        RuleCase{"FrameRate",
                 With([](Info& i) { i.mutable_video()->mutable_options()->set_frame_rate(-1); }),
                 "invalid video parameters: invalid framerate"},
        RuleCase{"Codec", With([](Info& i) {
                   i.mutable_video()->mutable_options()->set_video_codec(::livekit::H264_MAIN);
                 }),
                 "invalid video parameters: video codec unsupported"},
        RuleCase{"Vp8", With([](Info& i) {
                   i.mutable_video()->mutable_options()->set_video_codec(::livekit::VP8);
                 }),
                 ""},
        RuleCase{"NoWidth", With([](Info& i) { AddLayer(i, ::livekit::HIGH, 0, 720); }),
                 "invalid video parameters: invalid output media dimensions"},
        RuleCase{"NoHeight", With([](Info& i) { AddLayer(i, ::livekit::OFF, 1280, 0); }),
                 "invalid video parameters: invalid output media dimensions"},
        RuleCase{"OddWidth", With([](Info& i) { AddLayer(i, ::livekit::HIGH, 1279, 719); }),
                 "invalid ingress: layer width must be even"},
        RuleCase{"OddHeight", With([](Info& i) { AddLayer(i, ::livekit::HIGH, 1280, 719); }),
                 "invalid ingress: layer height must be even"},
        RuleCase{"SameQuality", With([](Info& i) {
                   AddLayer(i, ::livekit::OFF, 1280, 720);
                   AddLayer(i, ::livekit::OFF, 640, 360);
                 }),
                 "invalid video parameters: more than one layer with the same quality level"},
        RuleCase{"Height", With([](Info& i) {
                   AddLayer(i, ::livekit::HIGH, 1280, 358);
                   AddLayer(i, ::livekit::LOW, 640, 360);
                 }),
                 "invalid video parameters: video layers do not have increasing height with "
                 "increasing quality"},
        RuleCase{"Width", With([](Info& i) {
                   AddLayer(i, ::livekit::LOW, 640, 360);
                   AddLayer(i, ::livekit::MEDIUM, 638, 720);
                 }),
                 "invalid video parameters: video layers do not have increasing width with "
                 "increasing quality"},
        RuleCase{"HeightBeforeWidth", With([](Info& i) {
                   AddLayer(i, ::livekit::LOW, 640, 360);
                   AddLayer(i, ::livekit::HIGH, 320, 180);
                 }),
                 "invalid video parameters: video layers do not have increasing height with "
                 "increasing quality"},
        RuleCase{"EqualSizes", With([](Info& i) {
                   AddLayer(i, ::livekit::LOW, 640, 360);
                   AddLayer(i, ::livekit::MEDIUM, 640, 360);
                   AddLayer(i, ::livekit::HIGH, 640, 360);
                 }),
                 ""},
        RuleCase{"OffTakesNoPartInTheOrder", With([](Info& i) {
                   AddLayer(i, ::livekit::LOW, 640, 360);
                   AddLayer(i, ::livekit::OFF, 2, 2);
                 }),
                 ""}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Audio, ValidationRuleTest,
    testing::Values(
        RuleCase{"Source", With([](Info& i) { i.mutable_audio()->set_source(::livekit::CAMERA); }),
                 "invalid audio parameters: invalid track source"},
        RuleCase{"ScreenShare", With([](Info& i) {
                   i.mutable_audio()->set_source(::livekit::SCREEN_SHARE_AUDIO);
                 }),
                 ""},
        RuleCase{"Preset", With([](Info& i) {
                   i.mutable_audio()->set_preset(
                       static_cast<::livekit::IngressAudioEncodingPreset>(2));
                 }),
                 "invalid audio parameters: invalid preset"},
        RuleCase{"Codec", With([](Info& i) {
                   i.mutable_audio()->mutable_options()->set_audio_codec(::livekit::AAC);
                 }),
                 "invalid audio parameters: audio codec unsupported"},
        RuleCase{"Channels",
                 With([](Info& i) { i.mutable_audio()->mutable_options()->set_channels(3); }),
                 "invalid audio parameters: invalid audio channel count"},
        RuleCase{"VideoComesFirst", With([](Info& i) {
                   i.mutable_audio()->set_source(::livekit::CAMERA);
                   i.mutable_video()->set_source(::livekit::MICROPHONE);
                 }),
                 "invalid video parameters: invalid track source"}),
    NameOf);

TEST(CheckPushTest, AcceptsAnEnabledIngressOfItsType) {
  EXPECT_TRUE(CheckPush(Rtmp(), InputKind::kRtmp).has_value());
  Info enabled = Rtmp();
  enabled.set_enabled(true);
  EXPECT_TRUE(CheckPush(enabled, InputKind::kRtmp).has_value());
}

TEST(CheckPushTest, ChecksInLiveKitsOrder) {
  Info info = Push(::livekit::WHIP_INPUT);
  info.clear_room_name();
  info.set_enabled(false);
  EXPECT_EQ(CheckPush(info, InputKind::kRtmp).error().code(), FailureCode::kIngressDisabled);
  info.set_enabled(true);
  const auto invalid = CheckPush(info, InputKind::kRtmp);
  EXPECT_EQ(invalid.error().code(), FailureCode::kInvalidOptions);
  EXPECT_EQ(invalid.error().cause(), "invalid ingress: no room name");
  info.set_room_name("room");
  EXPECT_EQ(CheckPush(info, InputKind::kRtmp).error().code(), FailureCode::kWrongInputType);
}

}  // namespace
}  // namespace ingress
