#include "media/audio_transcoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "codec/opus.h"
#include "codec/opus_format.h"
#include "media/audio_level.h"
#include "media/testing/clips.h"

namespace ingress::media {
namespace {

using Packets = std::vector<AudioTranscoder::Packet>;
using std::chrono::milliseconds;

/// A transcoder and what came out of it.
struct Rig {
  Packets packets;
  Result<std::unique_ptr<AudioTranscoder>> made;

  explicit Rig(const AudioInput& input, const OpusOptions& output = {})
      : made(AudioTranscoder::Make(input, output, [this](const AudioTranscoder::Packet& packet) {
          packets.push_back(packet);
        })) {}

  AudioTranscoder& operator*() { return **made; }

  /// What `clip` alone becomes.
  Packets Transcode(const AudioClip& clip, SessionTime shift = {}) {
    packets.clear();
    for (const CodedAudio& frame : clip.frames) {
      const auto pushed = (*made)->Push(frame.payload, frame.pts + shift);
      EXPECT_TRUE(pushed) << pushed.error().context;
    }
    return std::move(packets);
  }
};

/// The amplitude of the tone of `frequency` Hz in one channel (Goertzel).
double AmplitudeAt(double frequency, const std::vector<float>& samples, int channels,
                   std::size_t channel = 0) {
  double real = 0;
  double imaginary = 0;
  const std::size_t frames = samples.size() / static_cast<std::size_t>(channels);
  for (std::size_t i = 0; i < frames; ++i) {
    const double sample = samples[i * static_cast<std::size_t>(channels) + channel];
    const double phase =
        2 * std::numbers::pi * frequency * static_cast<double>(i) / codec::kOpusRate;
    real += sample * std::cos(phase);
    imaginary += sample * std::sin(phase);
  }
  return 2 * std::hypot(real, imaginary) / static_cast<double>(frames);
}

/// The share of the first channel's power that lies at `frequency` Hz, 0 to 1.
double ShareAt(double frequency, const std::vector<float>& samples, int channels) {
  double power = 0;
  for (std::size_t i = 0; i < samples.size(); i += static_cast<std::size_t>(channels)) {
    power += static_cast<double>(samples[i]) * samples[i];
  }
  const double amplitude = AmplitudeAt(frequency, samples, channels);
  const std::size_t frames = samples.size() / static_cast<std::size_t>(channels);
  return power > 0 ? amplitude * amplitude / 2 * static_cast<double>(frames) / power : 0;
}

struct Case {
  const char* file;
  int rate;
  int channels;
};

class AudioTranscoderCodecTest : public testing::TestWithParam<Case> {};

TEST_P(AudioTranscoderCodecTest, KeepsTheToneAndTheGrid) {
  const AudioClip clip = ReadAudioClip(GetParam().file);
  ASSERT_FALSE(clip.frames.empty());
  for (const int channels : {1, 2}) {
    Rig rig(clip.input, {.channels = channels});
    ASSERT_TRUE(rig.made) << rig.made.error().context;
    const Packets packets = rig.Transcode(clip, milliseconds(1234));
    ASSERT_GE(packets.size(), 45U);
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const EncodedFrame& frame = packets[i].frame;
      EXPECT_EQ(frame.pts, packets[0].frame.pts + i * codec::kOpusPacketDuration);
      EXPECT_EQ(frame.duration, codec::kOpusPacketDuration);
      EXPECT_EQ(codec::OpusPacketDuration(frame.payload).value(), codec::kOpusPacketDuration);
    }
    // Earlier by what Opus looks ahead.
    EXPECT_NEAR(static_cast<double>((packets[0].frame.pts - clip.frames[0].pts).count()), 1227.5e6,
                1e6);
    EXPECT_LT(packets[20].level_dbov, 60);
    EXPECT_GT(ShareAt(440, DecodeOpus(packets, channels), channels), 0.8);
    EXPECT_EQ((*rig).input_sample_rate(), GetParam().rate);
    EXPECT_EQ((*rig).input_channels(), GetParam().channels);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, AudioTranscoderCodecTest,
    testing::Values(Case{"aac_48k_stereo.flv", 48000, 2}, Case{"aac_44k_mono.flv", 44100, 1},
                    Case{"aac_22k_mono.flv", 22050, 1}, Case{"aac_48k_5_1.flv", 48000, 6},
                    Case{"aac_8k_mono.flv", 8000, 1}, Case{"aac_96k_stereo.flv", 96000, 2},
                    Case{"he_aac_44k_stereo.flv", 44100, 2},
                    Case{"he_aac_v2_48k_stereo.flv", 48000, 2},
                    Case{"mp3_44k_stereo.flv", 44100, 2}, Case{"mp3_22k_mono.flv", 22050, 1},
                    Case{"speex_16k_mono.flv", 16000, 1}, Case{"g711_a_law.flv", 8000, 1},
                    Case{"g711_mu_law.flv", 8000, 1}),
    [](const auto& info) {
      const std::string file = info.param.file;
      return file.substr(0, file.find('.'));
    });

TEST(AudioTranscoderTest, FindsHeAacThatItsHeaderDoesNotAnnounce) {
  AudioClip clip = ReadAudioClip("he_aac_44k_stereo.flv");
  clip.input.codec_config = {0x13, 0x90};  // LC, 22.05 kHz, stereo: all that ADTS can say
  Rig rig(clip.input);
  const Packets packets = rig.Transcode(clip);
  EXPECT_EQ((*rig).input_sample_rate(), 44100);
  EXPECT_GE(packets.size(), 45U);
  EXPECT_GT(ShareAt(440, DecodeOpus(packets, 2), 2), 0.8);
}

struct Speaker {
  double frequency;  // Hz, of the tone that it plays in the clip
  double left;       // its weight in a stereo mix (ITU-R BS.775), before all are scaled alike
  double right;
};

TEST(AudioTranscoderTest, MixesSpeakersDownByTheStandardMatrix) {
  constexpr double kHalf = std::numbers::sqrt2 / 2;
  const std::vector<Speaker> six = {{440, 1, 0}, {660, 0, 1},      {880, kHalf, kHalf},
                                    {60, 0, 0},  {1100, kHalf, 0}, {1320, 0, kHalf}};
  std::vector<Speaker> eight = six;
  eight.push_back({1540, kHalf, 0});
  eight.push_back({1760, 0, kHalf});
  for (const auto& [file, speakers] :
       {std::pair("aac_48k_5_1_tones.flv", six), std::pair("aac_48k_7_1_tones.flv", eight)}) {
    Rig rig(ReadAudioClip(file).input, {.channels = 2, .bitrate = 256'000});
    const auto samples = DecodeOpus(rig.Transcode(ReadAudioClip(file)), 2);
    const double front = AmplitudeAt(440, samples, 2, 0);
    EXPECT_GT(front, 0.02) << file;
    for (const Speaker& speaker : speakers) {
      const double left = AmplitudeAt(speaker.frequency, samples, 2, 0) / front;
      const double right = AmplitudeAt(speaker.frequency, samples, 2, 1) / front;
      EXPECT_NEAR(left, speaker.left, 0.1) << file << ", " << speaker.frequency << " Hz";
      EXPECT_NEAR(right, speaker.right, 0.1) << file << ", " << speaker.frequency << " Hz";
    }
  }
}

TEST(AudioTranscoderTest, MonoIsAsLoudInStereo) {
  const AudioClip clip = ReadAudioClip("aac_44k_mono.flv");
  const auto amplitude = [&clip](int channels, std::size_t channel) {
    Rig rig(clip.input, {.channels = channels});
    return AmplitudeAt(440, DecodeOpus(rig.Transcode(clip), channels), channels, channel);
  };
  const double mono = amplitude(1, 0);
  EXPECT_NEAR(amplitude(2, 0), mono, mono * 0.05);
  EXPECT_NEAR(amplitude(2, 1), mono, mono * 0.05);
}

TEST(AudioTranscoderTest, StripsAdtsHeaders) {
  AudioClip clip = ReadAudioClip("aac_44k_mono.flv");
  for (CodedAudio& frame : clip.frames) {
    const std::size_t size = frame.payload.size() + 7;
    const Bytes header = {0xff,
                          0xf1,
                          0x50,
                          static_cast<std::uint8_t>(0x40 | size >> 11),
                          static_cast<std::uint8_t>(size >> 3),
                          static_cast<std::uint8_t>((size & 7) << 5 | 0x1f),
                          0xfc};
    frame.payload.insert(frame.payload.begin(), header.begin(), header.end());
  }
  Rig rig(clip.input, {.channels = 1});
  EXPECT_GT(ShareAt(440, DecodeOpus(rig.Transcode(clip), 1), 1), 0.8);
}

TEST(AudioTranscoderTest, FillsAGapAndJumpsOverALongOne) {
  const AudioClip clip = ReadAudioClip("aac_48k_stereo.flv");
  Rig rig(clip.input);
  Packets packets = rig.Transcode(clip);
  const SessionTime first = packets.front().frame.pts;
  const SessionTime end = packets.back().frame.pts;
  const SessionTime length = clip.frames.back().pts - clip.frames.front().pts;

  packets = rig.Transcode(clip, length + milliseconds(300));
  EXPECT_EQ(packets.front().frame.pts, end + codec::kOpusPacketDuration);
  EXPECT_EQ(packets[5].level_dbov, 127);

  packets = rig.Transcode(clip, 2 * length + milliseconds(3000));
  EXPECT_EQ(packets.front().frame.pts, first + 2 * length + milliseconds(3000));
}

TEST(AudioTranscoderTest, MovesPacketsByShorterOnesThatNobodyHears) {
  const AudioClip clip = ReadAudioClip("aac_48k_stereo.flv");
  Rig rig(clip.input);
  for (const CodedAudio& frame : clip.frames) {
    if (&frame == &clip.frames[20]) (*rig).Move(milliseconds(15));
    ASSERT_TRUE((*rig).Push(frame.payload, frame.pts));
  }
  const Packets& packets = rig.packets;

  std::vector<SessionTime> short_ones;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const EncodedFrame& frame = packets[i].frame;
    EXPECT_EQ(codec::OpusPacketDuration(frame.payload).value(), frame.duration);
    if (frame.duration < codec::kOpusPacketDuration) short_ones.push_back(frame.duration);
    if (i > 0) {
      const EncodedFrame& before = packets[i - 1].frame;
      EXPECT_EQ(frame.pts, before.pts + before.duration);
    }
  }
  EXPECT_EQ(short_ones, (std::vector<SessionTime>{milliseconds(10), milliseconds(5)}));
  EXPECT_GT(ShareAt(440, DecodeOpus(packets, 2), 2), 0.8);
}

TEST(AudioTranscoderTest, StaysOneStreamWhenTheInputChangesItsFormat) {
  const AudioClip stereo = ReadAudioClip("aac_48k_stereo.flv");
  const AudioClip speech = ReadAudioClip("speex_16k_mono.flv");
  Rig rig(stereo.input);
  const SessionTime length = stereo.frames.back().pts - stereo.frames.front().pts;
  const SessionTime end = rig.Transcode(stereo).back().frame.pts;
  ASSERT_TRUE((*rig).SetInput(speech.input));
  const Packets packets = rig.Transcode(speech, length + milliseconds(21));
  EXPECT_EQ(packets.front().frame.pts, end + codec::kOpusPacketDuration);
  EXPECT_GT(ShareAt(440, DecodeOpus(packets, 2), 2), 0.8);
  EXPECT_FALSE((*rig).SetInput(AudioInput{}));  // AAC without a config
  EXPECT_TRUE((*rig).Push(speech.frames[0].payload, length + milliseconds(1100)));
}

TEST(AudioTranscoderTest, MarksSilenceThatNeedNotBeSent) {
  AudioInput input;
  input.codec = AudioCodec::kPcmU;
  for (const bool dtx : {true, false}) {
    OpusOptions options;
    options.dtx = dtx;
    Rig rig(input, options);
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE((*rig).Push(Bytes(160, 0xff), i * codec::kOpusPacketDuration));
    }
    ASSERT_GT(rig.packets.size(), 60U);
    for (const auto& packet : rig.packets) {
      EXPECT_EQ(packet.level_dbov, 127);
      EXPECT_EQ(packet.frame.payload.empty(), packet.dtx);
    }
    EXPECT_FALSE(rig.packets[9].dtx);  // the receiver needs some silence to go on with
    EXPECT_EQ(rig.packets[10].dtx, dtx);
    EXPECT_FALSE(rig.packets[29].dtx);  // one of twenty is sent
    EXPECT_EQ(rig.packets[30].dtx, dtx);
  }
}

/// Whether a mono packet of 20 ms says that it holds its predecessor, too (RFC 6716 §4.2.3: the
/// second bit, behind that of voice activity).
bool HoldsFec(const Bytes& packet) {
  const bool silk = packet[0] >> 3 < 16;
  return silk && packet.size() > 1 && (packet[1] & 0x40) != 0;
}

TEST(AudioTranscoderTest, RepeatsSpeechInBandOnceTheNetworkLosesPackets) {
  const AudioClip clip = ReadAudioClip("speex_16k_mono.flv");
  const auto with_fec = [&clip](double loss) {
    Rig rig(clip.input, {.channels = 1, .bitrate = 24'000});
    (*rig).SetPacketLoss(loss);
    const Packets packets = rig.Transcode(clip);
    return std::ranges::count_if(packets, [](const AudioTranscoder::Packet& packet) {
      return HoldsFec(packet.frame.payload);
    });
  };
  EXPECT_EQ(with_fec(0), 0);
  EXPECT_GT(with_fec(0.1), 10);
}

TEST(AudioTranscoderTest, GoesOnAfterAFrameThatIsNone) {
  const AudioClip clip = ReadAudioClip("aac_48k_stereo.flv");
  Rig rig(clip.input);
  rig.Transcode(clip);
  EXPECT_FALSE((*rig).Push(Bytes(200, 0xa5), clip.frames.back().pts));
  EXPECT_FALSE((*rig).Push(Bytes(70'000, 0), clip.frames.back().pts));
  EXPECT_TRUE((*rig).Push({}, clip.frames.back().pts));
  EXPECT_FALSE(rig.Transcode(clip, milliseconds(1100)).empty());
}

TEST(AudioTranscoderTest, SurvivesDamagedFramesOfEveryCodec) {
  for (const char* file : {"aac_48k_stereo.flv", "aac_48k_5_1.flv", "mp3_44k_stereo.flv",
                           "speex_16k_mono.flv", "g711_a_law.flv"}) {
    const AudioClip clip = ReadAudioClip(file);
    Rig rig(clip.input);
    std::uint32_t random = 1;
    for (int round = 0; round < 5; ++round) {
      for (CodedAudio frame : clip.frames) {
        for (int hit = 0; hit < 3; ++hit) {
          random = random * 1664525U + 1013904223U;
          frame.payload[random % frame.payload.size()] ^= static_cast<std::uint8_t>(random >> 24);
        }
        static_cast<void>((*rig).Push(frame.payload, frame.pts));
      }
    }
  }
}

TEST(AudioTranscoderTest, RefusesWhatCannotWork) {
  const auto code = [](const AudioInput& input, const OpusOptions& output) {
    const auto made = AudioTranscoder::Make(input, output, {});
    return made ? std::nullopt : std::optional(made.error().code);
  };
  AudioInput aac;
  EXPECT_EQ(code(aac, {}), ErrorCode::kMalformed);    // no config
  aac.codec_config = {0x17, 0x80, 0x00, 0x00, 0x88};  // explicit rate of 1 Hz
  EXPECT_EQ(code(aac, {}), ErrorCode::kUnsupported);
  aac.codec_config = {0x11, 0x90};
  EXPECT_EQ(code(aac, {.channels = 3}), ErrorCode::kUnsupported);
  EXPECT_EQ(code(aac, {.channels = 2, .bitrate = 96'000, .complexity = 11}),
            ErrorCode::kUnsupported);
}

TEST(AudioLevelTest, CountsDownFromTheLoudestSquareWave) {
  EXPECT_EQ(AudioLevel(std::vector<float>{1, -1, 1, -1}), 0);
  EXPECT_EQ(AudioLevel(std::vector<float>{0.1F, -0.1F}), 20);
  EXPECT_EQ(AudioLevel(std::vector<float>{0, 0}), 127);
  EXPECT_EQ(AudioLevel(std::vector<float>{1e-9F}), 127);
}

}  // namespace
}  // namespace ingress::media
