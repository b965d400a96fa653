// What pictures look like when they come out: colours, shapes, fields, captions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "codec/sei.h"
#include "media/testing/video.h"
#include "media/video_transcoder.h"

namespace ingress::media {
namespace {

using std::chrono::milliseconds;

constexpr int kBlack = 16;
constexpr int kWhite = 235;
constexpr Samples kGrey{126, 128, 128};
constexpr Samples kWhiteSamples{kWhite, 128, 128};

VideoTranscoderOptions Layer(int width, int height, int bitrate = 1'500'000) {
  VideoTranscoderOptions options;
  options.layers = {{.width = width, .height = height, .bitrate = bitrate}};
  return options;
}

/// The picture that comes out in the middle of a clip.
AvPtr<AVFrame> MiddlePicture(const VideoClip& clip, const VideoTranscoderOptions& options) {
  auto pictures = DecodeFrames(options.output, TranscodeClip(clip, options));
  EXPECT_FALSE(pictures.empty());
  return pictures.empty() ? nullptr : std::move(pictures[pictures.size() / 2]);
}

// ------------------------------------------------------------------------------------ colours

constexpr std::array<Rgb, 8> kBars = {{{191, 191, 191},
                                       {191, 191, 0},
                                       {0, 191, 191},
                                       {0, 191, 0},
                                       {191, 0, 191},
                                       {191, 0, 0},
                                       {0, 0, 191},
                                       {0, 0, 0}}};

void PaintBars(AVFrame& picture, int /*number*/) {
  const int width = picture.width / static_cast<int>(kBars.size());
  for (int i = 0; i < static_cast<int>(kBars.size()); ++i) {
    Fill(picture, i * width, 0, width, picture.height, FromRgb(picture, kBars[i]));
  }
}

struct ColourCase {
  const char* name;
  const char* encoder;
  AVPixelFormat format;
  int height;
  bool full_range;
  AVColorSpace matrix;
  AVColorSpace expected;  // matrix of the layer
};

class ColourBarsTest : public testing::TestWithParam<ColourCase> {};

TEST_P(ColourBarsTest, LookTheSame) {
  const ColourCase& test = GetParam();
  TestStream stream{
      .encoder = test.encoder, .format = test.format, .width = 640, .height = test.height};
  if (stream.encoder == "libx265") stream.options = {{"x265-params", "log-level=none"}};
  stream.full_range = test.full_range;
  stream.matrix = test.matrix;
  const bool hd = test.matrix == AVCOL_SPC_BT709;
  stream.primaries = hd ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
  stream.transfer = hd ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
  if (test.matrix == AVCOL_SPC_UNSPECIFIED) {
    stream.primaries = AVCOL_PRI_UNSPECIFIED;
    stream.transfer = AVCOL_TRC_UNSPECIFIED;
  }
  stream.paint = PaintBars;
  VideoTranscoderOptions options = Layer(320, test.height / 2);
  options.layers.push_back({.width = 640, .height = test.height, .bitrate = 3'000'000});
  const VideoClip clip = EncodeTestStream(stream);
  for (std::size_t layer = 0; layer < 2; ++layer) {
    const auto pictures = DecodeFrames(VideoCodec::kH264, TranscodeClip(clip, options, layer));
    ASSERT_GE(pictures.size(), 1U);
    const AVFrame& picture = *pictures.back();
    EXPECT_EQ(picture.colorspace, test.expected);
    EXPECT_EQ(picture.color_range, AVCOL_RANGE_MPEG);
    for (std::size_t i = 0; i < kBars.size(); ++i) {
      const int x = static_cast<int>((2 * i + 1) * picture.width / (2 * kBars.size()));
      const Rgb seen = ToRgb(picture, SampleAt(picture, x, picture.height / 2));
      EXPECT_NEAR(seen.r, kBars[i].r, 5) << "bar " << i << " layer " << layer;
      EXPECT_NEAR(seen.g, kBars[i].g, 5) << "bar " << i << " layer " << layer;
      EXPECT_NEAR(seen.b, kBars[i].b, 5) << "bar " << i << " layer " << layer;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ColourBarsTest,
    testing::Values(ColourCase{"Bt601", "libx264", AV_PIX_FMT_YUV420P, 480, false,
                               AVCOL_SPC_SMPTE170M, AVCOL_SPC_SMPTE170M},
                    ColourCase{"Bt709", "libx264", AV_PIX_FMT_YUV420P, 720, false, AVCOL_SPC_BT709,
                               AVCOL_SPC_BT709},
                    ColourCase{"Bt709InSd", "libx264", AV_PIX_FMT_YUV420P, 360, false,
                               AVCOL_SPC_BT709, AVCOL_SPC_BT709},
                    ColourCase{"Unspecified", "libx264", AV_PIX_FMT_YUV420P, 480, false,
                               AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_SMPTE170M},
                    ColourCase{"FullRange601", "libx264", AV_PIX_FMT_YUV420P, 480, true,
                               AVCOL_SPC_SMPTE170M, AVCOL_SPC_SMPTE170M},
                    ColourCase{"FullRange709", "libx264", AV_PIX_FMT_YUV420P, 720, true,
                               AVCOL_SPC_BT709, AVCOL_SPC_BT709},
                    ColourCase{"Chroma422", "libx264", AV_PIX_FMT_YUV422P, 480, false,
                               AVCOL_SPC_SMPTE170M, AVCOL_SPC_SMPTE170M},
                    ColourCase{"Chroma444", "libx264", AV_PIX_FMT_YUV444P, 720, false,
                               AVCOL_SPC_BT709, AVCOL_SPC_BT709},
                    ColourCase{"TenBit420", "libx264", AV_PIX_FMT_YUV420P10LE, 720, false,
                               AVCOL_SPC_BT709, AVCOL_SPC_BT709},
                    ColourCase{"TenBit422", "libx264", AV_PIX_FMT_YUV422P10LE, 480, false,
                               AVCOL_SPC_SMPTE170M, AVCOL_SPC_SMPTE170M},
                    ColourCase{"TenBitHevc", "libx265", AV_PIX_FMT_YUV420P10LE, 720, false,
                               AVCOL_SPC_BT709, AVCOL_SPC_BT709}),
    [](const auto& info) { return info.param.name; });

class KeptRangeTest : public testing::TestWithParam<AVColorSpace> {};

TEST_P(KeptRangeTest, LayersHaveTheSamplesOfTheSource) {
  for (const bool full_range : {true, false}) {
    TestStream stream{.encoder = "libx264", .width = 640, .height = 360};
    stream.full_range = full_range;
    stream.matrix = GetParam();
    stream.primaries = GetParam() == AVCOL_SPC_BT709 ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
    stream.transfer = GetParam() == AVCOL_SPC_BT709 ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
    stream.paint = PaintBars;
    const VideoClip clip = EncodeTestStream(stream);
    std::vector<EncodedFrame> source;
    for (const CodedPicture& one : clip.pictures) {
      source.push_back({.payload = one.payload, .pts = one.pts});
    }
    const auto passed = DecodeFrames(VideoCodec::kH264, source);
    ASSERT_GE(passed.size(), 1U);
    VideoTranscoderOptions options = Layer(320, 180);
    options.layers.push_back({.width = 640, .height = 360, .bitrate = 3'000'000});
    options.keep_range = true;
    for (std::size_t layer = 0; layer < 2; ++layer) {
      const auto pictures = DecodeFrames(VideoCodec::kH264, TranscodeClip(clip, options, layer));
      ASSERT_GE(pictures.size(), 1U);
      const AVFrame& picture = *pictures.back();
      EXPECT_EQ(picture.color_range, full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG);
      EXPECT_EQ(picture.colorspace, GetParam());
      for (std::size_t i = 0; i < kBars.size(); ++i) {
        const auto at = [i](const AVFrame& of) {
          return SampleAt(of, static_cast<int>((2 * i + 1) * of.width / (2 * kBars.size())),
                          of.height / 2);
        };
        EXPECT_NEAR(at(picture).y, at(*passed.back()).y, 2) << "bar " << i << " layer " << layer;
        EXPECT_NEAR(at(picture).u, at(*passed.back()).u, 2) << "bar " << i << " layer " << layer;
        EXPECT_NEAR(at(picture).v, at(*passed.back()).v, 2) << "bar " << i << " layer " << layer;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, KeptRangeTest, testing::Values(AVCOL_SPC_BT709, AVCOL_SPC_SMPTE170M));

TEST(HighDynamicRangeTest, BecomesBt709WithWhiteNearTheTop) {
  constexpr int kPqWhite = 573;   // 203 cd/m² in 10 bit
  constexpr int kHlgWhite = 721;  // 75 %
  for (const bool hlg : {false, true}) {
    TestStream stream{.encoder = "libx265", .format = AV_PIX_FMT_YUV420P10LE};
    stream.options = {{"x265-params", "log-level=none:bframes=0"}};
    stream.primaries = AVCOL_PRI_BT2020;
    stream.transfer = hlg ? AVCOL_TRC_ARIB_STD_B67 : AVCOL_TRC_SMPTE2084;
    stream.matrix = AVCOL_SPC_BT2020_NCL;
    stream.paint = [hlg](AVFrame& picture, int) {
      FillAll(picture, {64, 512, 512});
      Fill(picture, 0, 0, 160, 240, {hlg ? kHlgWhite : kPqWhite, 512, 512});
    };
    const auto picture = MiddlePicture(EncodeTestStream(stream), Layer(320, 240));
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->colorspace, AVCOL_SPC_BT709);
    EXPECT_EQ(picture->color_trc, AVCOL_TRC_BT709);
    const Samples white = SampleAt(*picture, 80, 120);
    EXPECT_NEAR(white.y, 220, 6);
    EXPECT_NEAR(white.u, 128, 2);
    EXPECT_NEAR(white.v, 128, 2);
    EXPECT_NEAR(SampleAt(*picture, 240, 120).y, kBlack, 2);
  }
}

// ------------------------------------------------------------------------------------- shapes

/// Grey, with a white square that is as high as wide in display pixels.
void PaintSquare(AVFrame& picture, int /*number*/) {
  FillAll(picture, kGrey);
  Fill(picture, 0, 0, picture.width / 2, picture.height / 2, kWhiteSamples);
}

TEST(PictureShapeTest, MakesPixelsSquare) {
  TestStream stream{.width = 160, .height = 240, .pixel_aspect = {2, 1}, .paint = PaintSquare};
  const auto frames = TranscodeClip(EncodeTestStream(stream), Layer(320, 240));
  codec::AnnexBReader units(frames[0].payload);
  const auto sps = codec::ParseSps(units.Next().value()).value();
  EXPECT_TRUE(sps.sar.square());
  const auto pictures = DecodeFrames(VideoCodec::kH264, frames);
  EXPECT_NEAR(SampleAt(*pictures[0], 150, 110).y, kWhite, 6);  // no bars: the layer is filled
  EXPECT_NEAR(SampleAt(*pictures[0], 6, 6).y, kWhite, 6);
  EXPECT_NEAR(SampleAt(*pictures[0], 310, 230).y, kGrey.y, 6);
}

TEST(PictureShapeTest, LeavesBarsAroundPicturesOfAnotherShape) {
  TestStream stream{.width = 160, .height = 240, .paint = PaintSquare};
  const auto picture = MiddlePicture(EncodeTestStream(stream), Layer(320, 240));
  EXPECT_NEAR(SampleAt(*picture, 40, 120).y, kBlack, 3);  // 80 pixels a side
  EXPECT_NEAR(SampleAt(*picture, 280, 120).y, kBlack, 3);
  EXPECT_NEAR(SampleAt(*picture, 90, 60).y, kWhite, 6);
  EXPECT_NEAR(SampleAt(*picture, 230, 180).y, kGrey.y, 6);
}

TEST(PictureShapeTest, SurvivesAnotherSizeAndShapeInTheStream) {
  TestStream stream{.width = 320, .height = 240, .paint = PaintSquare};
  VideoClip clip = EncodeTestStream(stream);
  stream.width = 142;
  stream.height = 250;
  stream.format = AV_PIX_FMT_YUV444P;  // an odd layout of its own, too
  for (CodedPicture& picture : EncodeTestStream(stream).pictures) {
    picture.dts += milliseconds(400);
    picture.pts += milliseconds(400);
    clip.pictures.push_back(std::move(picture));
  }
  VideoTranscoderOptions options = Layer(320, 240);
  options.layers.insert(options.layers.begin(), {.width = 160, .height = 120, .bitrate = 300'000});
  for (const std::size_t layer : {0U, 1U}) {
    const auto frames = TranscodeClip(clip, options, layer);
    const auto pictures = DecodeFrames(VideoCodec::kH264, frames);
    const int unit = layer == 0 ? 1 : 2;
    ASSERT_GT(pictures.size(), 12U);
    EXPECT_NEAR(SampleAt(*pictures[2], 10 * unit, 20 * unit).y, kWhite, 6);
    EXPECT_EQ(pictures.back()->width, 160 * unit);
    EXPECT_NEAR(SampleAt(*pictures.back(), 10 * unit, 20 * unit).y, kBlack, 4);
    EXPECT_NEAR(SampleAt(*pictures.back(), 60 * unit, 20 * unit).y, kWhite, 6);
    EXPECT_NEAR(SampleAt(*pictures.back(), 100 * unit, 100 * unit).y, kGrey.y, 6);
  }
}

TEST(PictureShapeTest, TurnsPicturesThatLieOnTheirSide) {
  TestStream stream{.width = 320, .height = 240, .paint = [](AVFrame& picture, int) {
                      FillAll(picture, kGrey);
                      Fill(picture, 0, 0, 160, 240, kWhiteSamples);  // the left half
                    }};
  VideoClip clip = EncodeTestStream(stream);
  // Three quarters anticlockwise, one clockwise: left becomes top.
  const Bytes sei = {0x06, 47, 3, 0x18, 0x00, 0x10, 0x80};
  Bytes& first = clip.pictures[0].payload;
  first = codec::InsertBeforeSlices(first, sei);
  const auto picture = MiddlePicture(clip, Layer(240, 320));
  EXPECT_NEAR(SampleAt(*picture, 120, 10).y, kWhite, 6);
  EXPECT_NEAR(SampleAt(*picture, 20, 100).y, kWhite, 6);
  EXPECT_NEAR(SampleAt(*picture, 120, 300).y, kGrey.y, 6);
  EXPECT_NEAR(SampleAt(*picture, 20, 220).y, kGrey.y, 6);
}

// ------------------------------------------------------------------------------------- fields

/// Grey that jumps from field to field.
int FieldGrey(int field) { return 40 + field * 67 % 160; }

TestStream FieldStream(bool interlaced) {
  return {.pictures = 16, .interlaced = interlaced, .paint = [](AVFrame& picture, int number) {
            FillAll(picture, kGrey);
            for (int y = 0; y < picture.height; ++y) {
              std::uint8_t* row = picture.data[0] + std::ptrdiff_t{y} * picture.linesize[0];
              std::fill_n(row, picture.width, FieldGrey(2 * number + y % 2));
            }
          }};
}

/// How much the rows of a picture differ.
int Comb(const AVFrame& picture) {
  int largest = 0;
  for (int y = 100; y < 120; ++y) {
    const std::uint8_t* row = picture.data[0] + std::ptrdiff_t{y} * picture.linesize[0];
    largest = std::max(largest, std::abs(row[160] - row[160 + picture.linesize[0]]));
  }
  return largest;
}

TEST(InterlacedTest, BecomesWholePicturesOfTheFirstField) {
  const VideoClip clip = EncodeTestStream(FieldStream(true));
  const auto frames = TranscodeClip(clip, Layer(320, 240, 4'000'000));
  const auto pictures = DecodeFrames(VideoCodec::kH264, frames);
  ASSERT_GE(pictures.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_LT(Comb(*pictures[i]), 12) << i;
    EXPECT_NEAR(SampleAt(*pictures[i], 160, 120).y, FieldGrey(static_cast<int>(2 * i)), 12) << i;
    EXPECT_EQ(frames[i].pts, i * milliseconds(40));
    EXPECT_FALSE(pictures[i]->interlaced_frame);
  }
}

TEST(InterlacedTest, BecomesAPictureAFieldWhereTheRateAllowsIt) {
  const VideoClip clip = EncodeTestStream(FieldStream(true));
  VideoTranscoderOptions options = Layer(320, 240, 4'000'000);
  options.max_frame_rate = 60;
  const auto frames = TranscodeClip(clip, options);
  const auto pictures = DecodeFrames(VideoCodec::kH264, frames);
  ASSERT_GE(pictures.size(), 20U);
  // How long a frame lasts is known from the second one on.
  for (std::size_t i = 1; i < 19; ++i) {
    EXPECT_EQ(frames[i].pts, milliseconds(20) * (i + 1));
    EXPECT_NEAR(SampleAt(*pictures[i], 160, 120).y, FieldGrey(static_cast<int>(i + 1)), 12) << i;
  }
}

TEST(InterlacedTest, LeavesProgressivePicturesAlone) {
  const auto picture =
      MiddlePicture(EncodeTestStream(FieldStream(false)), Layer(320, 240, 4'000'000));
  EXPECT_GT(Comb(*picture), 40);
}

// ----------------------------------------------------------------------------------- captions

using Captions = std::vector<std::uint8_t>;

Captions CaptionsOf(const AVFrame& picture) {
  const AVFrameSideData* data = av_frame_get_side_data(&picture, AV_FRAME_DATA_A53_CC);
  return data != nullptr ? Captions(data->data, data->data + data->size) : Captions{};
}

VideoClip CaptionedClip(const char* encoder, AVRational rate) {
  TestStream stream{.encoder = encoder,
                    .frame_rate = rate,
                    .pictures = 20,
                    .options = {{"bf", "2"}},
                    .paint = PaintSquare};
  VideoClip clip = EncodeTestStream(stream);
  for (std::size_t i = 0; i < clip.pictures.size(); ++i) {
    const auto number = static_cast<std::uint8_t>(i);
    const Bytes sei = codec::MakeCaptionSei(Bytes{0xfc, 0x40, number, 0xfa, 0, 0, 0xff, 1, number});
    clip.pictures[i].payload = codec::InsertBeforeSlices(clip.pictures[i].payload, sei);
  }
  return clip;
}

TEST(CaptionTest, GoWithTheirPictureInEveryLayer) {
  const VideoClip clip = CaptionedClip("libx264", {25, 1});
  VideoTranscoderOptions options = Layer(160, 120);
  options.layers.push_back({.width = 320, .height = 240, .bitrate = 500'000});  // not scaled
  for (const std::size_t layer : {0U, 1U}) {
    const auto pictures = DecodeFrames(VideoCodec::kH264, TranscodeClip(clip, options, layer));
    ASSERT_GE(pictures.size(), 12U);
    for (const auto& picture : pictures) {
      // Which coded picture that was; the stream reorders them.
      const auto coded =
          std::ranges::find(clip.pictures, SessionTime(picture->pts), &CodedPicture::pts) -
          clip.pictures.begin();
      const auto number = static_cast<std::uint8_t>(coded);
      EXPECT_EQ(CaptionsOf(*picture), (Captions{0xfc, 0x40, number, 0xff, 1, number}));
    }
  }
}

TEST(CaptionTest, OfSkippedPicturesGoWithTheNext) {
  const VideoClip clip = CaptionedClip("libx264", {50, 1});
  VideoTranscoderOptions options = Layer(320, 240);
  options.max_frame_rate = 25;
  const auto pictures = DecodeFrames(VideoCodec::kH264, TranscodeClip(clip, options));
  ASSERT_GE(pictures.size(), 6U);
  EXPECT_EQ(CaptionsOf(*pictures[0]).size(), 6U);
  for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(CaptionsOf(*pictures[i]).size(), 12U) << i;
}

}  // namespace
}  // namespace ingress::media
