#include "media/video_transcoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "codec/access_unit.h"
#include "codec/avc_config.h"
#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "media/testing/clips.h"
#include "media/testing/video.h"

namespace ingress::media {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

constexpr auto kPatience = std::chrono::seconds(60);  // only a failing test waits that long

const VideoLayerSpec kSmall{.width = 160, .height = 120, .bitrate = 60'000};
const VideoLayerSpec kLarge{.width = 320, .height = 240, .bitrate = 200'000};

using Rig = TranscoderRig;

VideoTranscoderOptions OptionsFor(const VideoClip& clip) {
  VideoTranscoderOptions options;
  options.input = clip.codec;
  options.codec_config = clip.codec_config;
  options.layers = {kSmall, kLarge};
  return options;
}

std::vector<SessionTime> TimesOf(const std::vector<EncodedFrame>& frames) {
  std::vector<SessionTime> times;
  times.reserve(frames.size());
  for (const EncodedFrame& frame : frames) times.push_back(frame.pts);
  return times;
}

std::vector<SessionTime> PresentationTimes(const VideoClip& clip) {
  std::vector<SessionTime> times;
  times.reserve(clip.pictures.size());
  for (const CodedPicture& picture : clip.pictures) times.push_back(picture.pts);
  std::ranges::sort(times);
  return times;
}

std::vector<std::size_t> KeyFrames(const std::vector<EncodedFrame>& frames) {
  std::vector<std::size_t> keys;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i].key_frame) keys.push_back(i);
  }
  return keys;
}

/// The SPS that stands first in a key frame.
codec::SpsInfo SpsOf(const EncodedFrame& frame) {
  codec::AnnexBReader reader(frame.payload);
  const auto sps = codec::ParseSps(reader.Next().value());
  EXPECT_TRUE(sps) << sps.error().context;
  return sps.value_or(codec::SpsInfo{});
}

/// The clip with another SPS in its record.
VideoClip WithSps(VideoClip clip, const Bytes& sps) {
  auto config = codec::ParseAvcConfig(clip.codec_config).value();
  config.sps = {sps};
  clip.codec_config = codec::SerializeAvcConfig(config);
  return clip;
}

TEST(VideoTranscoderTest, EncodesEveryPictureInEveryLayerWithItsTime) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  ASSERT_EQ(clip.pictures.size(), 50U);
  Rig rig(OptionsFor(clip));
  rig.Push(clip, 0, 50);
  for (std::size_t layer = 0; layer < 2; ++layer) {
    const VideoLayerSpec& spec = layer == 0 ? kSmall : kLarge;
    const auto frames = rig.Await(layer, 50);
    EXPECT_EQ(TimesOf(frames), PresentationTimes(clip));
    EXPECT_THAT(KeyFrames(frames), ElementsAre(0));
    EXPECT_EQ(SpsOf(frames[0]).width, spec.width);
    EXPECT_EQ(SpsOf(frames[0]).height, spec.height);

    const auto pictures = DecodeVideo(VideoCodec::kH264, frames);
    ASSERT_EQ(pictures.size(), 50U);
    EXPECT_EQ(pictures[49].width, spec.width);
    EXPECT_EQ(pictures[49].height, spec.height);
    EXPECT_NEAR(pictures[49].luma, 116, 15);  // of testsrc
  }
  const auto counters = rig->counters();
  EXPECT_EQ(counters.pictures_in, 50U);
  EXPECT_EQ(counters.pictures_decoded, 50U);
  EXPECT_EQ(counters.pictures_dropped + counters.pictures_skipped + counters.decode_errors, 0U);
  EXPECT_THAT(counters.frames_out, ElementsAre(50, 50));
}

TEST(VideoTranscoderTest, PutsReorderedPicturesIntoPresentationOrder) {
  const VideoClip clip = ReadVideoClip("h264_high_2_bframes.flv");
  Rig rig(OptionsFor(clip));
  rig.Push(clip, 0, 50);
  // One picture is overtaken at a time, whatever the SPS allows: only the last is held back.
  const auto frames = rig.Await(1, 49);
  auto expected = PresentationTimes(clip);
  expected.resize(frames.size());
  EXPECT_EQ(TimesOf(frames), expected);
}

TEST(VideoTranscoderTest, FindsOutAboutReorderingThatTheSpsKeepsQuietAbout) {
  const VideoClip clip = WithSps(ReadVideoClip("h264_high_2_bframes.flv"),
                                 {0x67, 0x64, 0x00, 0x0d, 0xac, 0xd9, 0x41, 0x41, 0xf9});
  Rig rig(OptionsFor(clip));
  rig.Push(clip, 0, 50);
  const auto times = TimesOf(rig.Await(1, 44));  // a few are lost until it is known
  EXPECT_TRUE(std::ranges::is_sorted(times));
  EXPECT_EQ(std::ranges::adjacent_find(times), times.end());
}

struct Quiet {
  const char* name;
  const char* file;
  Bytes sps;  // of the file, without its VUI
};

class VideoTranscoderDelayTest : public testing::TestWithParam<Quiet> {};

TEST_P(VideoTranscoderDelayTest, HoldsNoPictureBack) {
  VideoClip clip = ReadVideoClip(GetParam().file);
  if (!GetParam().sps.empty()) clip = WithSps(std::move(clip), GetParam().sps);
  Rig rig(OptionsFor(clip));
  for (std::size_t i = 0; i < 20; ++i) {
    rig.Push(clip, i, i + 1);
    ASSERT_EQ(rig.Await(0, i + 1).back().pts, clip.pictures[i].pts);
    ASSERT_EQ(rig.Await(1, i + 1).back().pts, clip.pictures[i].pts);
  }
}

INSTANTIATE_TEST_SUITE_P(All, VideoTranscoderDelayTest,
                         testing::Values(Quiet{"Baseline", "h264_baseline.flv", {}},
                                         Quiet{"BaselineWithoutVui",
                                               "h264_baseline.flv",
                                               {0x67, 0x42, 0xc0, 0x0d, 0xd9, 0x01, 0x41, 0xf9}},
                                         Quiet{"HighWithoutVui",
                                               "h264_high_poc0.flv",
                                               {0x67, 0x64, 0x00, 0x0d, 0xac, 0xe4, 0x05, 0x07,
                                                0xe4}}),
                         [](const auto& info) { return info.param.name; });

TEST(VideoTranscoderTest, AnswersAKeyFrameRequestWithTheNextPictureOfThatLayer) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  Rig rig(OptionsFor(clip));
  rig.Push(clip, 0, 10);
  rig.Await(0, 10);
  rig.Await(1, 10);
  rig->RequestKeyFrame(0);
  rig->RequestKeyFrame(7);  // no such layer
  rig.Push(clip, 10, 20);
  const auto small = rig.Await(0, 20);
  EXPECT_THAT(KeyFrames(small), ElementsAre(0, 10));
  EXPECT_EQ(SpsOf(small[10]).width, kSmall.width);
  EXPECT_THAT(KeyFrames(rig.Await(1, 20)), ElementsAre(0));
  EXPECT_EQ(DecodeVideo(VideoCodec::kH264, {small.begin() + 10, small.end()}).size(), 10U);
}

TEST(VideoTranscoderTest, EncodesActiveLayersOnlyAndBeginsAnewWithAKeyFrame) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  Rig rig(OptionsFor(clip));
  rig.Push(clip, 0, 10);
  rig.Await(0, 10);
  rig.Await(1, 10);
  rig->SetActive(1, false);
  rig.Push(clip, 10, 20);
  rig.Await(0, 20);
  EXPECT_EQ(rig.count(1), 10U);
  rig->SetActive(1, true);
  rig.Push(clip, 20, 30);
  const auto large = rig.Await(1, 20);
  EXPECT_THAT(KeyFrames(large), ElementsAre(0, 10));
  EXPECT_EQ(large[10].pts, clip.pictures[20].pts);
  EXPECT_EQ(DecodeVideo(VideoCodec::kH264, {large.begin() + 10, large.end()}).size(), 10U);
  EXPECT_THAT(KeyFrames(rig.Await(0, 30)), ElementsAre(0));
}

TEST(VideoTranscoderTest, GoesOnAtOnceAfterNobodyWatched) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  Rig rig(OptionsFor(clip));
  rig->SetActive(0, false);
  rig->SetActive(1, false);
  rig.Push(clip, 0, 12);
  const TimePoint deadline = Clock::now() + kPatience;
  while (rig->counters().pictures_decoded < 12 && Clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(rig.count(0), 0U);
  rig->SetActive(0, true);
  rig.Push(clip, 12, 20);
  const auto frames = rig.Await(0, 8);
  EXPECT_EQ(frames[0].pts, clip.pictures[12].pts);
  EXPECT_TRUE(frames[0].key_frame);
}

TEST(VideoTranscoderTest, LeavesPicturesAboveTheFrameRateOut) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  VideoTranscoderOptions options = OptionsFor(clip);
  options.max_frame_rate = 12.5;
  Rig rig(std::move(options));
  rig.Push(clip, 0, 49);
  const auto times = TimesOf(rig.Await(0, 25));
  ASSERT_EQ(times.size(), 25U);
  for (std::size_t i = 1; i < times.size(); ++i)
    EXPECT_EQ(times[i] - times[i - 1], milliseconds(80));
  EXPECT_EQ(rig->counters().pictures_skipped, 24U);
}

TEST(VideoTranscoderTest, WritesTheProfileItWasAskedFor) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  for (const auto& [profile, idc] : {std::pair{H264Profile::kBaseline, 66},
                                     {H264Profile::kMain, 77},
                                     {H264Profile::kHigh, 100}}) {
    VideoTranscoderOptions options = OptionsFor(clip);
    options.profile = profile;
    Rig rig(std::move(options));
    rig.Push(clip, 0, 3);
    const auto sps = SpsOf(rig.Await(1, 3)[0]);
    EXPECT_EQ(sps.profile_idc, idc);
    EXPECT_EQ(sps.max_num_reorder_frames, 0);
    EXPECT_TRUE(sps.sar.square());
    if (profile == H264Profile::kBaseline) EXPECT_TRUE(sps.constraint_flags & 0x40);
  }
}

TEST(VideoTranscoderTest, WritesKeyFramesAsParameterSetsAndOneSlice) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  Rig rig(OptionsFor(clip));
  rig.Push(clip, 0, 2);
  const auto frames = rig.Await(1, 2);
  std::vector<codec::NalType> types;
  codec::AnnexBReader reader(frames[0].payload);
  while (const auto nal = reader.Next()) types.push_back(codec::TypeOf(*nal));
  EXPECT_THAT(types, ElementsAre(codec::NalType::kSps, codec::NalType::kPps, codec::NalType::kIdr));
  const Bytes second = codec::ToLengthPrefixed(frames[1].payload);
  EXPECT_EQ(codec::InspectLengthPrefixed(VideoCodec::kH264, second, 4).slices, 1);
}

TEST(VideoTranscoderTest, EncodesVp8) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  VideoTranscoderOptions options = OptionsFor(clip);
  options.output = VideoCodec::kVp8;
  Rig rig(std::move(options));
  rig.Push(clip, 0, 10);
  rig.Await(1, 10);
  rig->RequestKeyFrame(1);
  rig.Push(clip, 10, 20);
  const auto frames = rig.Await(1, 20);
  EXPECT_THAT(KeyFrames(frames), ElementsAre(0, 10));
  EXPECT_EQ(frames[19].pts, clip.pictures[19].pts);
  const auto pictures = DecodeVideo(VideoCodec::kVp8, frames);
  ASSERT_EQ(pictures.size(), 20U);
  EXPECT_EQ(pictures[0].width, kLarge.width);
}

TEST(VideoTranscoderTest, DecodesHevc) {
  VideoClip clip;
  clip.codec = VideoCodec::kHevc;
  Bytes unit;  // parameter sets wait for their picture
  const Bytes stream = ReadTestData("hevc.h265");
  codec::AnnexBReader reader(stream);
  while (const auto nal = reader.Next()) {
    unit.insert(unit.end(), {0, 0, 0, 1});
    unit.insert(unit.end(), nal->begin(), nal->end());
    if (((*nal)[0] >> 1 & 0x3f) >= 32) continue;  // no slice
    const SessionTime time = clip.pictures.size() * milliseconds(100);
    clip.pictures.push_back({codec::ToLengthPrefixed(unit), time, time, clip.pictures.empty()});
    unit.clear();
  }
  ASSERT_EQ(clip.pictures.size(), 10U);
  Rig rig(OptionsFor(clip));
  rig.Push(clip, 0, 10);
  const auto frames = rig.Await(1, 9);
  EXPECT_EQ(frames[8].pts, milliseconds(800));
  EXPECT_EQ(DecodeVideo(VideoCodec::kH264, frames).at(0).width, kLarge.width);
}

TEST(VideoTranscoderTest, ConvertsOtherChromaAndOddSizes) {
  const VideoClip clip = ReadVideoClip("h264_high444_odd.flv");
  VideoTranscoderOptions options = OptionsFor(clip);
  options.layers = {{.width = 80, .height = 60, .bitrate = 60'000},
                    {.width = 162, .height = 122, .bitrate = 100'000}};
  Rig rig(std::move(options));
  rig.Push(clip, 0, 10);
  EXPECT_EQ(DecodeVideo(VideoCodec::kH264, rig.Await(0, 6)).at(0).width, 80);
  EXPECT_EQ(DecodeVideo(VideoCodec::kH264, rig.Await(1, 6)).at(0).height, 122);
}

TEST(VideoTranscoderTest, AcceptsAnnexBBodies) {
  VideoClip clip = ReadVideoClip("h264_baseline.flv");
  for (CodedPicture& picture : clip.pictures) {
    picture.payload = codec::ToAnnexB(std::move(picture.payload), 4).value();
  }
  Rig rig(OptionsFor(clip));
  rig.Push(clip, 0, 5);
  rig.Await(1, 5);
}

TEST(VideoTranscoderTest, CountsDamageAndGoesOn) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  Rig rig(OptionsFor(clip));
  rig.Push(clip, 0, 5);
  rig.Await(1, 5);
  CodedPicture damaged = clip.pictures[5];
  damaged.payload[0] = 0x7f;  // a NAL unit of two gigabytes
  rig.Push(damaged);
  CodedPicture garbage = clip.pictures[6];
  std::fill(garbage.payload.begin() + 5, garbage.payload.end(), std::uint8_t{0x5a});
  rig.Push(garbage);
  rig.Push(clip, 25, 50);  // from the next key frame
  EXPECT_TRUE(rig.AwaitTime(1, clip.pictures[49].pts));
  EXPECT_GE(rig->counters().decode_errors, 1U);
}

TEST(VideoTranscoderTest, DecodesNoPictureOfHostileSize) {
  // An intact VP8 key frame, all zeros: RFC 6386 §9.1.
  const auto picture_of = [](std::uint8_t width_high, std::uint8_t height_high) {
    constexpr std::uint32_t kFirstPartition = 64;  // bytes
    constexpr std::uint32_t kTag = (kFirstPartition << 5U) | 0x10;
    Bytes payload{kTag & 0xffU, kTag >> 8U, 0, 0x9d, 0x01, 0x2a, 0, width_high, 0, height_high};
    payload.resize(payload.size() + 2 * kFirstPartition);
    return CodedPicture{.payload = std::move(payload), .dts = {}, .pts = {}, .key_frame = true};
  };
  VideoTranscoderOptions options;
  options.input = VideoCodec::kVp8;
  options.layers = {kSmall};
  Rig rig(options);
  rig.Push(picture_of(0x3f, 0x3f));  // 16128 by 16128
  CodedPicture sane = picture_of(1, 1);
  sane.pts = std::chrono::milliseconds(40);
  rig.Push(sane);
  EXPECT_TRUE(rig.AwaitTime(0, sane.pts));
  EXPECT_EQ(rig->counters().pictures_decoded, 1U);
  EXPECT_EQ(rig->counters().decode_errors, 1U);
}

TEST(VideoTranscoderTest, SurvivesRandomDamage) {
  const VideoClip clip = ReadVideoClip("h264_high_2_bframes.flv");
  Rig rig(OptionsFor(clip));
  std::uint32_t random = 7;
  for (int round = 0; round < 4; ++round) {
    for (CodedPicture picture : clip.pictures) {
      random = random * 1664525U + 1013904223U;
      picture.payload[random % picture.payload.size()] ^= static_cast<std::uint8_t>(random >> 24);
      picture.dts += round * milliseconds(2000);
      picture.pts += round * milliseconds(2000);
      rig.Push(picture);
    }
  }
  VideoClip again = clip;
  for (CodedPicture& picture : again.pictures) {
    picture.dts += milliseconds(8000);
    picture.pts += milliseconds(8000);
  }
  rig.Push(again, 0, 50);
  EXPECT_TRUE(rig.AwaitTime(1, milliseconds(9000)));
  EXPECT_EQ(rig->counters().pictures_in, 250U);
}

TEST(VideoTranscoderTest, DropsToTheNextKeyFrameWhenTheQueueIsFull) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  Rig rig(OptionsFor(clip));
  rig.Hold(true);
  std::size_t pushed = 0;
  while (rig->counters().pictures_dropped == 0 && pushed < 1000) {
    rig->Push(clip.pictures[pushed++ % clip.pictures.size()]);
  }
  EXPECT_GT(rig->counters().queued, 50U);
  EXPECT_LE(rig->counters().queued, 120U);
  rig.Hold(false);
  const TimePoint deadline = Clock::now() + kPatience;
  while (rig->counters().queued > 0 && Clock::now() < deadline) std::this_thread::yield();

  const auto dropped = rig->counters().pictures_dropped;
  rig->Push(clip.pictures[3]);  // refers to pictures that were dropped
  EXPECT_EQ(rig->counters().pictures_dropped, dropped + 1);
  rig->Push(clip.pictures[0]);
  rig->Push(clip.pictures[1]);
  EXPECT_EQ(rig->counters().pictures_dropped, dropped + 1);
}

TEST(VideoTranscoderTest, SaysOnceThatNoPictureWaitsForTheDecoder) {
  const VideoClip clip = ReadVideoClip("h264_baseline.flv");
  Rig rig(OptionsFor(clip));
  rig.Hold(true);
  constexpr std::size_t kPictures = 8;  // too few to be thinned out
  for (std::size_t i = 0; i < kPictures; ++i) rig->Push(clip.pictures[i]);
  rig->Drain();
  rig->Drain();
  EXPECT_EQ(rig.drained(), 0);
  rig.Hold(false);
  ASSERT_TRUE(rig.AwaitDrained());
  EXPECT_EQ(rig->counters().queued, 0U);
  rig.Await(0, kPictures);
  EXPECT_EQ(rig.drained(), 1);
  rig->Drain();  // nothing waits
  EXPECT_EQ(rig.drained(), 2);
}

TEST(VideoTranscoderTest, EndsQuicklyWhateverItIsDoing) {
  const VideoClip clip = ReadVideoClip("h264_high_2_bframes.flv");
  for (std::size_t pictures : {0U, 1U, 5U, 50U}) {
    Rig rig(OptionsFor(clip));
    for (std::size_t i = 0; i < pictures; ++i) rig->Push(clip.pictures[i]);
    rig.Destroy();
    const std::size_t count = rig.count(0) + rig.count(1);
    std::this_thread::yield();
    EXPECT_EQ(rig.count(0) + rig.count(1), count);
  }
}

TEST(VideoTranscoderTest, RefusesWhatCannotWork) {
  const auto code = [](VideoTranscoderOptions options) {
    const auto made = MakeVideoTranscoder(std::move(options), {});
    return made ? std::nullopt : std::optional(made.error().code);
  };
  VideoTranscoderOptions options;
  EXPECT_EQ(code(options), ErrorCode::kUnsupported);  // no layer
  options.layers = {{.width = 161, .height = 120, .bitrate = 60'000}};
  EXPECT_EQ(code(options), ErrorCode::kUnsupported);  // odd
  options.layers = {kSmall};
  options.output = VideoCodec::kVp9;
  EXPECT_EQ(code(options), ErrorCode::kUnsupported);
  options.output = VideoCodec::kH264;
  options.codec_config = {1, 2, 3};
  EXPECT_EQ(code(options), ErrorCode::kMalformed);
  options.codec_config = {};
  options.max_frame_rate = 0;
  EXPECT_EQ(code(options), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace ingress::media
