#include "pipeline/audio/audio_source.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "codec/opus.h"

namespace ingress::pipeline {
namespace {

using Verdict = AudioSource::Verdict;

const Bytes kAdts = FromHex("fff15080013ffc2110");  // LC, 44.1 kHz, stereo
const Bytes kLoas = FromHex("56e003200011");

/// Feeds tags as encoders write them, and adopts what is asked for.
struct Rig {
  AudioSource source;

  /// Whether the header is of use.
  bool Header(const Bytes& body) {
    auto format = source.OnHeader(flv::ParseAudioTag(body).value());
    if (format && *format) source.Adopt(**format);
    return format.has_value();
  }

  Verdict Frame(const Bytes& body) {
    auto judged = source.OnFrame(flv::ParseAudioTag(body).value());
    if (judged.verdict == Verdict::kAdopt) source.Adopt(*judged.format);
    return judged.verdict;
  }

  AudioCodec codec() const { return source.format()->codec; }
};

Bytes AacFrame(const Bytes& data) {
  Bytes body = {0xaf, 0x01};
  body.insert(body.end(), data.begin(), data.end());
  return body;
}

const Bytes kAacHeader = FromHex("AF001190");
const Bytes kAac = FromHex("AF012110");
const Bytes kALaw = FromHex("72D5D5");
const Bytes kOpusHeader = FromHex("904F707573");
const Bytes kOpus = FromHex("914F707573FC01");

TEST(AudioSourceTest, TakesAacWithItsHeader) {
  Rig rig;
  EXPECT_EQ(rig.Frame(kAac), Verdict::kWait);
  EXPECT_TRUE(rig.Header(FromHex("AF00")));  // empty: the real one comes later
  EXPECT_EQ(rig.Frame(kAac), Verdict::kWait);
  EXPECT_TRUE(rig.Header(kAacHeader));
  EXPECT_EQ(rig.Frame(kAac), Verdict::kTake);
  EXPECT_EQ(rig.source.format()->sample_rate, 48'000);
}

TEST(AudioSourceTest, KeepsTheHeaderThatWorked) {
  Rig rig;
  EXPECT_FALSE(rig.Header(FromHex("AF0011")));
  EXPECT_TRUE(rig.Header(kAacHeader));
  for (const char* bad : {"AF0011", "AF000190", "AF001690", "AF001780"}) {
    EXPECT_FALSE(rig.Header(FromHex(bad))) << bad;
    EXPECT_EQ(rig.Frame(kAac), Verdict::kTake);
  }
  EXPECT_EQ(rig.source.format()->sample_rate, 48'000);
}

TEST(AudioSourceTest, FollowsANewConfiguration) {
  Rig rig;
  rig.Header(kAacHeader);
  EXPECT_TRUE(rig.Header(FromHex("AF001208")));
  EXPECT_EQ(rig.source.format()->sample_rate, 44'100);
  EXPECT_EQ(rig.source.format()->channels, 1);
  EXPECT_EQ(rig.Frame(kAac), Verdict::kTake);
}

TEST(AudioSourceTest, ReadsWhatAacSaysItself) {
  for (const auto& [frame, codec] :
       {std::pair(kAdts, AudioCodec::kAacAdts), std::pair(kLoas, AudioCodec::kAacLatm)}) {
    Rig rig;
    rig.Header(FromHex("AF00"));
    EXPECT_EQ(rig.Frame(AacFrame(frame)), Verdict::kAdopt);
    EXPECT_EQ(rig.codec(), codec);
    EXPECT_EQ(rig.Frame(AacFrame(frame)), Verdict::kTake);
  }
  Rig bare;
  Bytes without_type = kAdts;
  without_type.insert(without_type.begin(), 0xaf);
  EXPECT_EQ(bare.Frame(without_type), Verdict::kAdopt);
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
  EXPECT_EQ(rig.Frame(FromHex("3F0000")), Verdict::kAdopt);
  EXPECT_EQ(rig.Frame(FromHex("3E0000")), Verdict::kForeign);  // mono
  EXPECT_EQ(rig.Frame(FromHex("3F0000")), Verdict::kTake);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(rig.Frame(FromHex("3E0000")), Verdict::kForeign);
  EXPECT_EQ(rig.Frame(FromHex("3E0000")), Verdict::kAdopt);
}

TEST(AudioSourceTest, TellsHowLongAFramePlays) {
  const auto milliseconds = [](const Rig& rig, const Bytes& body) {
    const auto duration = rig.source.DurationOf(flv::ParseAudioTag(body).value());
    return duration ? std::chrono::duration<double, std::milli>(*duration).count() : -1;
  };
  Rig rig;
  EXPECT_EQ(milliseconds(rig, kAac), -1);
  rig.Header(kAacHeader);
  EXPECT_NEAR(milliseconds(rig, kAac), 21.333, 0.001);
  rig.Header(FromHex("AF001310"));  // 24 kHz, perhaps of HE-AAC: as long either way
  EXPECT_NEAR(milliseconds(rig, kAac), 42.667, 0.001);
  rig.Header(FromHex("AF002B118800"));  // HE-AAC that says it: 24 kHz and 48 kHz
  EXPECT_NEAR(milliseconds(rig, kAac), 42.667, 0.001);
  rig.Header(FromHex("AF001194"));  // frames of 960 samples
  EXPECT_NEAR(milliseconds(rig, kAac), 20, 0.001);

  Rig adts;
  adts.Frame(AacFrame(kAdts));
  EXPECT_NEAR(milliseconds(adts, AacFrame(kAdts)), 23.22, 0.001);
  Rig opus;
  opus.Header(kOpusHeader);
  EXPECT_EQ(milliseconds(opus, kOpus), 20);
  Rig pcm;
  pcm.Frame(FromHex("3F0000"));
  EXPECT_NEAR(milliseconds(pcm, FromHex("3F00000000")), 1 / 44.1, 0.001);
  Rig telephone;
  telephone.Frame(kALaw);
  EXPECT_EQ(milliseconds(telephone, kALaw), 0.25);
  Rig mp3;
  mp3.Frame(FromHex("2FFFFB9000"));
  EXPECT_EQ(milliseconds(mp3, FromHex("2FFFFB9000")), -1);
}

TEST(AudioSourceTest, TakesTheChannelsOfSurroundOpusFromTheirTag) {
  const Bytes six = FromHex("944F70757301060000003F");
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
