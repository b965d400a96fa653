// When pictures come out and how many bits they take: frame rates, bitrates, codecs, load.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "media/testing/video.h"
#include "media/video_transcoder.h"

namespace ingress::media {
namespace {

using std::chrono::milliseconds;

VideoTranscoderOptions OneLayer(int bitrate) {
  VideoTranscoderOptions options;
  options.layers = {{.width = 320, .height = 240, .bitrate = bitrate}};
  return options;
}

TestStream MovingStream(AVRational rate, int pictures) {
  TestStream stream{.frame_rate = rate, .pictures = pictures, .paint = PaintMotion};
  stream.options = {{"preset", "ultrafast"}, {"bf", "0"}, {"crf", "28"}};
  return stream;
}

/// Bits a second from one picture to another.
double BitrateOf(const std::vector<EncodedFrame>& frames, std::size_t from, std::size_t to) {
  std::size_t bytes = 0;
  for (std::size_t i = from; i < to; ++i) bytes += frames[i].payload.size();
  const std::chrono::duration<double> seconds = frames[to].pts - frames[from].pts;
  return static_cast<double>(bytes) * 8 / seconds.count();
}

struct RateCase {
  const char* name;
  AVRational rate;
  double limit;
  double expected;  // pictures a second
};

class FrameRateTest : public testing::TestWithParam<RateCase> {};

TEST_P(FrameRateTest, KeepsTimesAndBitrate) {
  const RateCase& test = GetParam();
  const int pictures = static_cast<int>(5 * av_q2d(test.rate));
  VideoTranscoderOptions options = OneLayer(600'000);
  options.max_frame_rate = test.limit;
  const VideoClip clip = EncodeTestStream(MovingStream(test.rate, pictures));
  options.input = clip.codec;
  TranscoderRig rig(options);
  rig.Push(clip, 0, clip.pictures.size());
  ASSERT_TRUE(rig.AwaitTime(0, milliseconds(4800)));
  const auto frames = rig.Await(0, 1);

  for (const EncodedFrame& frame : frames) {
    EXPECT_EQ(std::ranges::count(clip.pictures, frame.pts, &CodedPicture::pts), 1);
  }
  const std::chrono::duration<double> last = frames.back().pts;
  EXPECT_NEAR(static_cast<double>(frames.size() - 1) / last.count(), test.expected, 0.4);
  // No gap is longer than it must be: a picture of the source more than the wanted interval.
  const double longest = 1 / test.expected + 1.01 / av_q2d(test.rate);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    const std::chrono::duration<double> gap = frames[i].pts - frames[i - 1].pts;
    EXPECT_LT(gap.count(), test.expected == av_q2d(test.rate) ? 1.01 / test.expected : longest);
  }
  const auto second = static_cast<std::size_t>(test.expected);  // the key frame's share is over
  EXPECT_NEAR(BitrateOf(frames, second, frames.size() - 1), 600'000, 60'000);
}

INSTANTIATE_TEST_SUITE_P(
    All, FrameRateTest,
    testing::Values(RateCase{"Film", {24, 1}, 30, 24}, RateCase{"Pal", {25, 1}, 30, 25},
                    RateCase{"Ntsc", {30000, 1001}, 30, 29.97}, RateCase{"Thirty", {30, 1}, 30, 30},
                    RateCase{"FiftyToThirty", {50, 1}, 30, 30},
                    RateCase{"SixtyToThirty", {60, 1}, 30, 30}, RateCase{"Fifty", {50, 1}, 60, 50},
                    RateCase{"Sixty", {60, 1}, 60, 60}, RateCase{"Slow", {10, 1}, 30, 10}),
    [](const auto& info) { return info.param.name; });

TEST(FrameRateSavingTest, DoesNotDecodeWhatNobodySees) {
  TestStream stream = MovingStream({60, 1}, 180);
  stream.options = {
      {"preset", "veryfast"}, {"bf", "3"}, {"x264-params", "b-adapt=0:b-pyramid=normal"}};
  VideoClip clip = EncodeTestStream(stream);
  VideoTranscoderOptions options = OneLayer(600'000);
  options.input = clip.codec;
  TranscoderRig rig(options);
  rig.Push(clip, 0, clip.pictures.size());
  ASSERT_TRUE(rig.AwaitTime(0, milliseconds(2800)));
  const auto frames = rig.Await(0, 1);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    const std::chrono::duration<double> gap = frames[i].pts - frames[i - 1].pts;
    EXPECT_NEAR(gap.count(), 1.0 / 30, 1e-4);
  }
  EXPECT_LT(rig->counters().pictures_decoded, 110U);
  EXPECT_EQ(rig->counters().decode_errors, 0U);
}

TEST(VariableFrameRateTest, KeepsEveryPictureAtItsTime) {
  VideoClip clip = EncodeTestStream(MovingStream({30, 1}, 60));
  std::vector<SessionTime> times;
  SessionTime time{};
  for (std::size_t i = 0; i < clip.pictures.size(); ++i) {
    clip.pictures[i].dts = clip.pictures[i].pts = time;
    times.push_back(time);
    time += milliseconds(34 + (i * 37) % 90);
  }
  const auto frames = TranscodeClip(clip, OneLayer(600'000));
  for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(frames[i].pts, times[i]);
}

TEST(FrameRateMeterInTranscoderTest, BelievesTimesMoreThanTheHeader) {
  // The header says 25 pictures a second, 50 come.
  VideoClip clip = EncodeTestStream(MovingStream({25, 1}, 300));
  for (CodedPicture& picture : clip.pictures) {
    picture.dts /= 2;
    picture.pts /= 2;
  }
  VideoTranscoderOptions options = OneLayer(600'000);
  options.max_frame_rate = 60;
  const auto frames = TranscodeClip(clip, options);
  ASSERT_GE(frames.size(), 220U);
  EXPECT_NEAR(BitrateOf(frames, 130, frames.size() - 1), 600'000, 60'000);
}

TEST(RateControlTest, LimitsTheKeyFramesThatViewersAskFor) {
  const VideoClip clip = EncodeTestStream(MovingStream({30, 1}, 150));
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kVp8}) {
    VideoTranscoderOptions options = OneLayer(600'000);
    options.input = clip.codec;
    options.output = codec;
    TranscoderRig rig(options);
    rig.Push(clip, 0, 90);
    rig.Await(0, 90);
    rig->RequestKeyFrame(0);
    rig.Push(clip, 90, 150);
    const auto frames = rig.Await(0, 149);
    const auto& key = frames[90];
    EXPECT_TRUE(key.key_frame);
    EXPECT_LT(static_cast<double>(key.payload.size()) * 8, 0.5 * 600'000);
    EXPECT_NEAR(BitrateOf(frames, 30, 148), 600'000, 75'000);
  }
}

struct InputCase {
  const char* name;
  const char* encoder;
  AVPixelFormat format;
  std::map<std::string, std::string> options;
};

class InputCodecTest : public testing::TestWithParam<InputCase> {};

TEST_P(InputCodecTest, IsDecoded) {
  const InputCase& test = GetParam();
  TestStream stream{
      .encoder = test.encoder,
      .format = test.format,
      .pictures = 20,
      .options = test.options,
      .paint = [](AVFrame& picture, int) { FillAll(picture, FromRgb(picture, {200, 60, 60})); }};
  const VideoClip clip = EncodeTestStream(stream);
  const auto frames = TranscodeClip(clip, OneLayer(600'000));
  ASSERT_GE(frames.size(), 14U);
  EXPECT_EQ(frames[3].pts, milliseconds(120));
  const auto pictures = DecodeFrames(VideoCodec::kH264, frames);
  const Rgb seen = ToRgb(*pictures.back(), SampleAt(*pictures.back(), 160, 120));
  EXPECT_NEAR(seen.r, 200, 6);
  EXPECT_NEAR(seen.g, 60, 6);
  EXPECT_NEAR(seen.b, 60, 6);
}

INSTANTIATE_TEST_SUITE_P(
    All, InputCodecTest,
    testing::Values(
        InputCase{"Hevc", "libx265", AV_PIX_FMT_YUV420P, {{"x265-params", "log-level=none"}}},
        InputCase{
            "HevcTenBit", "libx265", AV_PIX_FMT_YUV420P10LE, {{"x265-params", "log-level=none"}}},
        InputCase{"Vp8", "libvpx", AV_PIX_FMT_YUV420P, {{"deadline", "realtime"}}},
        InputCase{"Vp9", "libvpx-vp9", AV_PIX_FMT_YUV420P, {{"deadline", "realtime"}}},
        InputCase{"Vp9TenBit", "libvpx-vp9", AV_PIX_FMT_YUV420P10LE, {{"deadline", "realtime"}}},
        InputCase{
            "Av1", "libaom-av1", AV_PIX_FMT_YUV420P, {{"usage", "realtime"}, {"cpu-used", "8"}}},
        InputCase{"Av1TenBit",
                  "libaom-av1",
                  AV_PIX_FMT_YUV420P10LE,
                  {{"usage", "realtime"}, {"cpu-used", "8"}}}),
    [](const auto& info) { return info.param.name; });

TEST(OpenH264Test, EncodesWhatX264Does) {
  TestStream stream = MovingStream({30, 1}, 150);
  stream.width = 640;
  stream.height = 480;
  stream.matrix = AVCOL_SPC_SMPTE170M;
  const VideoClip clip = EncodeTestStream(stream);
  for (const auto& [profile, idc] :
       {std::pair{H264Profile::kBaseline, 66}, {H264Profile::kHigh, 100}}) {
    VideoTranscoderOptions options = OneLayer(600'000);
    options.encoder = H264Encoder::kOpenH264;
    options.profile = profile;
    options.input = clip.codec;
    TranscoderRig rig(options);
    rig.Push(clip, 0, 90);
    rig.Await(0, 90);
    rig->RequestKeyFrame(0);
    rig.Push(clip, 90, 150);
    const auto frames = rig.Await(0, 149);
    EXPECT_EQ(std::ranges::count(frames, true, &EncodedFrame::key_frame), 2);
    EXPECT_TRUE(frames[90].key_frame);
    codec::AnnexBReader units(frames[90].payload);
    const auto sps = codec::ParseSps(units.Next().value()).value();
    EXPECT_EQ(sps.profile_idc, idc);
    EXPECT_EQ(sps.max_num_reorder_frames.value_or(0), 0);
    EXPECT_EQ(sps.colour.matrix, 6) << "BT.601";
    EXPECT_NEAR(BitrateOf(frames, 30, 148), 600'000, 100'000);
    EXPECT_EQ(DecodeFrames(VideoCodec::kH264, frames).size(), frames.size());
  }
}

TEST(LoadTest, LetsADecoderCatchUpWithTwentySecondsAtOnce) {
  const VideoClip clip = EncodeTestStream(MovingStream({30, 1}, 630));
  VideoTranscoderOptions options = OneLayer(600'000);
  options.input = clip.codec;
  TranscoderRig rig(options);
  rig->SkipBefore(clip.pictures[600].pts);
  for (const CodedPicture& picture : clip.pictures) rig->Push(picture);
  ASSERT_TRUE(rig.AwaitTime(0, clip.pictures[620].pts));
  const auto frames = rig.Await(0, 1);
  EXPECT_EQ(frames[0].pts, clip.pictures[600].pts);
  EXPECT_TRUE(frames[0].key_frame);
  EXPECT_EQ(rig->counters().pictures_dropped, 0U);
}

}  // namespace
}  // namespace ingress::media
