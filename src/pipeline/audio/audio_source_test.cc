#include "pipeline/audio/audio_source.h"

#include <gtest/gtest.h>

#include <string_view>

#include "base/testing/hex.h"
#include "codec/opus.h"

namespace ingress::pipeline {
namespace {

using Verdict = AudioSource::Verdict;
using Kind = stream::AudioUnit::Kind;

const Bytes kAdts = FromHex("fff15080013ffc2110");  // LC, 44.1 kHz, stereo
const Bytes kLoas = FromHex("56e003200011");

stream::AudioUnit Unit(AudioCodec codec, Kind kind, const Bytes& data, std::uint32_t rate = 0,
                       int channels = 0) {
  return {.kind = kind,
          .codec = codec,
          .sample_rate = rate,
          .channels = channels,
          .payload = stream::Payload(data)};
}
stream::AudioUnit AacHeader(std::string_view config) {
  return Unit(AudioCodec::kAac, Kind::kFormat, FromHex(config));
}
stream::AudioUnit AacFrame(const Bytes& data) { return Unit(AudioCodec::kAac, Kind::kFrame, data); }
/// 16 bits at 44.1 kHz.
stream::AudioUnit Pcm(int channels, const Bytes& samples = {0, 0}) {
  return Unit(AudioCodec::kPcmS16, Kind::kFrame, samples, 44'100, channels);
}

/// Gives units as inputs do, and adopts what is asked for.
struct Rig {
  AudioSource source;

  /// Whether the header is of use.
  bool Header(const stream::AudioUnit& unit) {
    auto format = source.OnHeader(unit);
    if (format && *format) source.Adopt(**format);
    return format.has_value();
  }

  Verdict Frame(const stream::AudioUnit& unit) {
    auto judged = source.OnFrame(unit);
    if (judged.verdict == Verdict::kAdopt) source.Adopt(*judged.format);
    return judged.verdict;
  }

  AudioCodec codec() const { return source.format()->codec; }
};

const stream::AudioUnit kAacHeader = AacHeader("1190");
const stream::AudioUnit kAac = AacFrame({0x21, 0x10});
const stream::AudioUnit kALaw = Unit(AudioCodec::kPcmA, Kind::kFrame, {0xd5, 0xd5}, 8'000, 1);
const stream::AudioUnit kOpusHeader = Unit(AudioCodec::kOpus, Kind::kFormat, {});
const stream::AudioUnit kOpus = Unit(AudioCodec::kOpus, Kind::kFrame, {0xfc, 0x01});

TEST(AudioSourceTest, TakesAacWithItsHeader) {
  Rig rig;
  EXPECT_EQ(rig.Frame(kAac), Verdict::kWait);
  EXPECT_TRUE(rig.Header(AacHeader("")));  // empty: the real one comes later
  EXPECT_EQ(rig.Frame(kAac), Verdict::kWait);
  EXPECT_TRUE(rig.Header(kAacHeader));
  EXPECT_EQ(rig.Frame(kAac), Verdict::kTake);
  EXPECT_EQ(rig.source.format()->sample_rate, 48'000);
}

TEST(AudioSourceTest, KeepsTheHeaderThatWorked) {
  Rig rig;
  EXPECT_FALSE(rig.Header(AacHeader("11")));
  EXPECT_TRUE(rig.Header(kAacHeader));
  for (const char* bad : {"11", "0190", "1690", "1780"}) {
    EXPECT_FALSE(rig.Header(AacHeader(bad))) << bad;
    EXPECT_EQ(rig.Frame(kAac), Verdict::kTake);
  }
  EXPECT_EQ(rig.source.format()->sample_rate, 48'000);
}

TEST(AudioSourceTest, FollowsANewConfiguration) {
  Rig rig;
  rig.Header(kAacHeader);
  EXPECT_TRUE(rig.Header(AacHeader("1208")));
  EXPECT_EQ(rig.source.format()->sample_rate, 44'100);
  EXPECT_EQ(rig.source.format()->channels, 1);
  EXPECT_EQ(rig.Frame(kAac), Verdict::kTake);
}

TEST(AudioSourceTest, ReadsWhatAacSaysItself) {
  for (const auto& [frame, codec] :
       {std::pair(kAdts, AudioCodec::kAacAdts), std::pair(kLoas, AudioCodec::kAacLatm)}) {
    Rig rig;
    rig.Header(AacHeader(""));
    EXPECT_EQ(rig.Frame(AacFrame(frame)), Verdict::kAdopt);
    EXPECT_EQ(rig.codec(), codec);
    EXPECT_EQ(rig.Frame(AacFrame(frame)), Verdict::kTake);
  }
  Rig bare;
  EXPECT_EQ(bare.Frame(AacFrame(kAdts)), Verdict::kAdopt);
  EXPECT_TRUE(bare.Header(kAacHeader));
  EXPECT_EQ(bare.codec(), AudioCodec::kAac);
}

TEST(AudioSourceTest, LeavesOddFramesOut) {
  Rig rig;
  rig.Header(kAacHeader);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(rig.Frame(kALaw), Verdict::kForeign);
    EXPECT_EQ(rig.Frame(kOpus), Verdict::kForeign);
    EXPECT_EQ(rig.Frame(kAac), Verdict::kTake);
  }
}

TEST(AudioSourceTest, FollowsAChangeWithoutAHeaderOnceItIsOne) {
  Rig rig;
  rig.Header(kAacHeader);
  EXPECT_EQ(rig.Frame(kALaw), Verdict::kForeign);
  EXPECT_EQ(rig.Frame(kALaw), Verdict::kForeign);
  EXPECT_EQ(rig.Frame(kALaw), Verdict::kAdopt);
  EXPECT_EQ(rig.Frame(kALaw), Verdict::kTake);
  // And back, by the configuration that was there.
  EXPECT_EQ(rig.Frame(kAac), Verdict::kForeign);
  EXPECT_EQ(rig.Frame(kAac), Verdict::kForeign);
  EXPECT_EQ(rig.Frame(kAac), Verdict::kAdopt);
  EXPECT_EQ(rig.codec(), AudioCodec::kAac);
}

TEST(AudioSourceTest, FollowsAHeaderWithTheFirstOfItsFrames) {
  Rig rig;
  rig.Header(kAacHeader);
  EXPECT_TRUE(rig.Header(kOpusHeader));
  EXPECT_EQ(rig.Frame(kAac), Verdict::kTake);
  EXPECT_EQ(rig.Frame(kOpus), Verdict::kAdopt);
  EXPECT_EQ(rig.Frame(kOpus), Verdict::kTake);
  EXPECT_TRUE(rig.Header(kAacHeader));
  EXPECT_EQ(rig.Frame(kAac), Verdict::kAdopt);
}

TEST(AudioSourceTest, FollowsTheFlagsOfPcm) {
  Rig rig;
  EXPECT_EQ(rig.Frame(Pcm(2)), Verdict::kAdopt);
  EXPECT_EQ(rig.Frame(Pcm(1)), Verdict::kForeign);  // mono
  EXPECT_EQ(rig.Frame(Pcm(2)), Verdict::kTake);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(rig.Frame(Pcm(1)), Verdict::kForeign);
  EXPECT_EQ(rig.Frame(Pcm(1)), Verdict::kAdopt);
}

TEST(AudioSourceTest, TellsHowLongAFramePlays) {
  const auto milliseconds = [](const Rig& rig, const stream::AudioUnit& unit) {
    const auto duration = rig.source.DurationOf(unit);
    return duration ? std::chrono::duration<double, std::milli>(*duration).count() : -1;
  };
  Rig rig;
  EXPECT_EQ(milliseconds(rig, kAac), -1);
  rig.Header(kAacHeader);
  EXPECT_NEAR(milliseconds(rig, kAac), 21.333, 0.001);
  rig.Header(AacHeader("1310"));  // 24 kHz, perhaps of HE-AAC: as long either way
  EXPECT_NEAR(milliseconds(rig, kAac), 42.667, 0.001);
  rig.Header(AacHeader("2B118800"));  // HE-AAC that says it: 24 kHz and 48 kHz
  EXPECT_NEAR(milliseconds(rig, kAac), 42.667, 0.001);
  rig.Header(AacHeader("1194"));  // frames of 960 samples
  EXPECT_NEAR(milliseconds(rig, kAac), 20, 0.001);

  Rig adts;
  adts.Frame(AacFrame(kAdts));
  EXPECT_NEAR(milliseconds(adts, AacFrame(kAdts)), 23.22, 0.001);
  Rig opus;
  opus.Header(kOpusHeader);
  EXPECT_EQ(milliseconds(opus, kOpus), 20);
  Rig pcm;
  pcm.Frame(Pcm(2));
  EXPECT_NEAR(milliseconds(pcm, Pcm(2, Bytes(4))), 1 / 44.1, 0.001);
  Rig telephone;
  telephone.Frame(kALaw);
  EXPECT_EQ(milliseconds(telephone, kALaw), 0.25);
  Rig mp3;
  const auto frame = Unit(AudioCodec::kMp3, Kind::kFrame, FromHex("FFFB9000"));
  mp3.Frame(frame);
  EXPECT_EQ(milliseconds(mp3, frame), -1);
}

TEST(AudioSourceTest, TakesTheChannelsOfSurroundOpusFromTheirUnit) {
  stream::AudioUnit six = Unit(AudioCodec::kOpus, Kind::kChannels, {});
  six.channels = 6;
  Rig rig;
  rig.Header(kOpusHeader);
  EXPECT_TRUE(rig.Header(six));
  EXPECT_EQ(rig.source.format()->codec_config, codec::MakeOpusHead(6));
  EXPECT_EQ(rig.Frame(kOpus), Verdict::kTake);

  Rig later;
  later.Header(kAacHeader);
  later.Header(kOpusHeader);
  later.Header(six);
  EXPECT_EQ(later.codec(), AudioCodec::kAac);
  EXPECT_EQ(later.Frame(kOpus), Verdict::kAdopt);
  EXPECT_EQ(later.source.format()->codec_config, codec::MakeOpusHead(6));
}

}  // namespace
}  // namespace ingress::pipeline
