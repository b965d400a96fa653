#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "codec/opus_format.h"
#include "media/audio_transcoder.h"
#include "media/testing/tone.h"

namespace ingress::media {
namespace {

/// What a transcoder makes of `clip`, decoded: interleaved samples.
std::vector<float> Hear(const AudioClip& clip, int channels) {
  std::vector<AudioTranscoder::Packet> packets;
  const auto made = AudioTranscoder::Make(
      clip.input, {.channels = channels, .bitrate = 256'000, .dtx = false},
      [&packets](const AudioTranscoder::Packet& packet) { packets.push_back(packet); });
  if (!made) {
    ADD_FAILURE() << made.error().context;
    return {};
  }
  SessionTime decoded{};
  for (const CodedAudio& frame : clip.frames) {
    const auto pushed = (*made)->Push(frame.payload, frame.pts);
    EXPECT_TRUE(pushed) << pushed.error().context;
    decoded += (*made)->decoded();
  }
  EXPECT_GT(decoded, std::chrono::milliseconds(900));
  return DecodeOpus(packets, channels);
}

/// The amplitude of the tone of `frequency` Hz in one channel of the middle half (Goertzel).
double AmplitudeAt(double frequency, const std::vector<float>& samples, int channels, int channel) {
  const auto step = static_cast<std::size_t>(channels);
  const std::size_t frames = samples.size() / step;
  double real = 0;
  double imaginary = 0;
  for (std::size_t i = frames / 4; i < frames * 3 / 4; ++i) {
    const double sample = samples[i * step + static_cast<std::size_t>(channel)];
    const double phase =
        2 * std::numbers::pi * frequency * static_cast<double>(i) / codec::kOpusRate;
    real += sample * std::cos(phase);
    imaginary += sample * std::sin(phase);
  }
  return 2 * std::hypot(real, imaginary) / (static_cast<double>(frames) / 2);
}

double Decibel(double amplitude, double reference) {
  return 20 * std::log10(amplitude / reference);
}

struct Case {
  AudioCodec codec;
  int sample_rate;
  int channels;
};

class AudioCodecsTest : public testing::TestWithParam<Case> {};

TEST_P(AudioCodecsTest, KeepPitchAndLevel) {
  const auto [codec, sample_rate, channels] = GetParam();
  const AudioClip clip =
      EncodeTones(codec, sample_rate, std::vector<Tone>(static_cast<std::size_t>(channels)));
  const std::vector<float> samples = Hear(clip, 2);
  for (const int ear : {0, 1}) {
    EXPECT_NEAR(Decibel(AmplitudeAt(440, samples, 2, ear), 0.25), 0, 1.5) << ear;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, AudioCodecsTest,
    testing::Values(Case{AudioCodec::kFlac, 48000, 2}, Case{AudioCodec::kFlac, 44100, 1},
                    Case{AudioCodec::kFlac, 96000, 2}, Case{AudioCodec::kAc3, 48000, 2},
                    Case{AudioCodec::kAc3, 44100, 1}, Case{AudioCodec::kEac3, 48000, 2},
                    Case{AudioCodec::kNellymoser, 16000, 1}, Case{AudioCodec::kNellymoser, 8000, 1},
                    Case{AudioCodec::kNellymoser, 44100, 1}, Case{AudioCodec::kAdpcmSwf, 44100, 2},
                    Case{AudioCodec::kAdpcmSwf, 11025, 1}, Case{AudioCodec::kPcmU8, 22050, 1},
                    Case{AudioCodec::kPcmU8, 5512, 1}, Case{AudioCodec::kPcmS16, 44100, 2},
                    Case{AudioCodec::kPcmS16, 11025, 1}),
    [](const auto& info) {
      return std::to_string(static_cast<int>(info.param.codec)) + "_" +
             std::to_string(info.param.sample_rate) + "_" + std::to_string(info.param.channels);
    });

TEST(AudioCodecsTest, ReadFlacWhateverItsHeader) {
  const AudioClip clip = EncodeTones(AudioCodec::kFlac, 48000, {{}, {}});
  const Bytes& info = clip.input.codec_config;
  ASSERT_EQ(info.size(), 34U);
  for (const Bytes& head : {Bytes{'f', 'L', 'a', 'C', 0x80, 0, 0, 34}, Bytes{'f', 'L', 'a', 'C'},
                            Bytes{0x80, 0, 0, 34}}) {
    AudioClip with_head = clip;
    with_head.input.codec_config = head;
    with_head.input.codec_config.insert(with_head.input.codec_config.end(), info.begin(),
                                        info.end());
    EXPECT_NEAR(AmplitudeAt(440, Hear(with_head, 2), 2, 0), 0.25, 0.02) << head.size();
  }
  AudioClip without = clip;
  without.input.codec_config.clear();
  EXPECT_NEAR(AmplitudeAt(440, Hear(without, 2), 2, 0), 0.25, 0.02);
}

TEST(AudioLevelsTest, MixSurroundDownAsAStereoListenerExpects) {
  // FL FR FC LFE SL SR, each with a tone of its own.
  const AudioClip clip =
      EncodeTones(AudioCodec::kFlac, 48000,
                  {{440, 0.2}, {660, 0.2}, {880, 0.2}, {60, 0.2}, {1100, 0.2}, {1320, 0.2}});
  const std::vector<float> samples = Hear(clip, 2);
  constexpr double kNothing = -30;
  struct Speaker {
    double frequency;
    double left;  // dB
    double right;
  };
  for (const Speaker& speaker : {Speaker{440, 0, kNothing}, Speaker{660, kNothing, 0},
                                 Speaker{880, -3, -3}, Speaker{60, kNothing, kNothing},
                                 Speaker{1100, -3, kNothing}, Speaker{1320, kNothing, -3}}) {
    for (const auto& [ear, expected] : {std::pair(0, speaker.left), std::pair(1, speaker.right)}) {
      SCOPED_TRACE(std::to_string(speaker.frequency) + " Hz, ear " + std::to_string(ear));
      const double level = Decibel(AmplitudeAt(speaker.frequency, samples, 2, ear), 0.2);
      if (expected == kNothing) {
        EXPECT_LT(level, kNothing);
      } else {
        EXPECT_NEAR(level, expected, 0.7);
      }
    }
  }
  const std::vector<float> mono = Hear(clip, 1);
  EXPECT_NEAR(Decibel(AmplitudeAt(880, mono, 1, 0), 0.2), -3, 0.7);  // as in either ear
  EXPECT_NEAR(Decibel(AmplitudeAt(440, mono, 1, 0), 0.2), -6, 0.7);
}

TEST(AudioLevelsTest, LoudSpeakersTogetherDoNotClip) {
  const AudioClip clip =
      EncodeTones(AudioCodec::kFlac, 48000,
                  {{440, 0.9}, {440, 0.9}, {440, 0.9}, {60, 0.9}, {440, 0.9}, {440, 0.9}});
  const std::vector<float> samples = Hear(clip, 2);
  const double tone = AmplitudeAt(440, samples, 2, 0);
  EXPECT_NEAR(tone, 0.98, 0.06);
  EXPECT_LT(AmplitudeAt(1320, samples, 2, 0), 0.1 * tone);  // what clipping would add
}

TEST(AudioLevelsTest, KeepMonoAndStereo) {
  const AudioClip mono = EncodeTones(AudioCodec::kFlac, 48000, {{440, 0.25}});
  EXPECT_NEAR(AmplitudeAt(440, Hear(mono, 2), 2, 0), 0.25, 0.01);
  EXPECT_NEAR(AmplitudeAt(440, Hear(mono, 2), 2, 1), 0.25, 0.01);
  EXPECT_NEAR(AmplitudeAt(440, Hear(mono, 1), 1, 0), 0.25, 0.01);
  const AudioClip stereo = EncodeTones(AudioCodec::kFlac, 48000, {{440, 0.25}, {440, 0.25}});
  EXPECT_NEAR(AmplitudeAt(440, Hear(stereo, 2), 2, 0), 0.25, 0.01);
  EXPECT_NEAR(AmplitudeAt(440, Hear(stereo, 1), 1, 0), 0.25, 0.01);
}

}  // namespace
}  // namespace ingress::media
