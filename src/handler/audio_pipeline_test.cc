#include "handler/audio_pipeline.h"

#include <gtest/gtest.h>

#include <vector>

#include "codec/opus.h"

namespace ingress::handler {
namespace {

using namespace std::chrono_literals;
using Packet = media::AudioTranscoder::Packet;
using Kind = flv::AudioTag::Kind;

/// A pipeline and what came out of it.
struct Rig {
  std::vector<Packet> packets;
  AudioPipeline pipeline;

  explicit Rig(int channels = 2, bool always_transcode = false)
      : pipeline(
            media::OpusOptions{.channels = channels, .dtx = false},
            [this](const Packet& packet) { packets.push_back(packet); },
            observability::Logger({}, [](std::string_view) {}), always_transcode) {}

  Result<void> Push(AudioCodec codec, Kind kind, ByteView data, SessionTime pts) {
    const bool telephone = codec == AudioCodec::kPcmU;
    return pipeline.OnTag(flv::AudioTag{.kind = kind,
                                        .codec = codec,
                                        .sample_rate = telephone ? 8000U : 0U,
                                        .channels = telephone ? 1 : 0,
                                        .data = data},
                          pts, TimePoint(pts));
  }

  void ExpectTimesToGrow() const {
    for (std::size_t i = 1; i < packets.size(); ++i) {
      EXPECT_GT(packets[i].frame.pts, packets[i - 1].frame.pts) << i;
    }
  }
};

/// 20 ms of a loud square wave of 400 Hz as µ-law.
Bytes Telephone() {
  Bytes samples(160);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = i / 10 % 2 == 0 ? 0x90 : 0x10;
  return samples;
}

/// Opus packets of 20 ms with that sound.
std::vector<Bytes> OpusPackets(int count, int channels) {
  Rig rig(channels);
  std::vector<Bytes> packets;
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(rig.Push(AudioCodec::kPcmU, Kind::kCodedFrame, Telephone(), i * 20ms));
  }
  for (const Packet& packet : rig.packets) packets.push_back(packet.frame.payload);
  return packets;
}

TEST(AudioPipelineTest, PassesOpusThroughAsItCame) {
  const auto opus = OpusPackets(20, 2);
  Rig rig;
  ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kSequenceHeader, {}, 0ms));
  EXPECT_FALSE(rig.pipeline.ready());
  for (std::size_t i = 0; i < opus.size(); ++i) {
    const auto jitter = i % 2 == 0 ? 0ms : 1ms;
    ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kCodedFrame, opus[i], 500ms + i * 20ms + jitter));
  }
  ASSERT_EQ(rig.packets.size(), opus.size());
  for (std::size_t i = 0; i < opus.size(); ++i) {
    EXPECT_EQ(rig.packets[i].frame.payload, opus[i]);
    EXPECT_EQ(rig.packets[i].frame.pts, 500ms + i * 20ms);
  }
  EXPECT_LT(rig.packets.back().level_dbov, 40);
  EXPECT_EQ(rig.pipeline.route(), "pass-through");
  EXPECT_EQ(rig.pipeline.channels(), 2);
  EXPECT_EQ(rig.pipeline.sample_rate(), 48'000);
}

TEST(AudioPipelineTest, TranscodesOpusWhenToldTo) {
  const auto opus = OpusPackets(20, 2);
  Rig rig(2, true);
  for (std::size_t i = 0; i < opus.size(); ++i) {
    ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kCodedFrame, opus[i], i * 20ms));
  }
  ASSERT_GT(rig.packets.size(), 15U);
  EXPECT_EQ(rig.pipeline.route(), "transcoded");
  EXPECT_EQ(rig.pipeline.route_reason(), "the configuration says so");
}

TEST(AudioPipelineTest, TranscodesStereoWhereMonoIsAskedFor) {
  const auto opus = OpusPackets(20, 2);
  Rig rig(1);
  for (std::size_t i = 0; i < opus.size(); ++i) {
    ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kCodedFrame, opus[i], i * 20ms));
  }
  ASSERT_GT(rig.packets.size(), 15U);
  EXPECT_FALSE(codec::OpusPacketIsStereo(rig.packets.back().frame.payload));
  EXPECT_EQ(rig.pipeline.route_reason(), "stereo, and mono is asked for");
}

TEST(AudioPipelineTest, StaysOneStreamWhenTheCodecChanges) {
  const auto opus = OpusPackets(20, 1);
  Rig rig;
  SessionTime pts{};
  for (int turn = 0; turn < 3; ++turn) {
    for (const Bytes& packet : opus) {
      ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kCodedFrame, packet, pts));
      pts += 20ms;
    }
    EXPECT_EQ(rig.pipeline.route(), "pass-through");
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(rig.Push(AudioCodec::kPcmU, Kind::kCodedFrame, Telephone(), pts));
      pts += 20ms;
    }
    EXPECT_EQ(rig.pipeline.route_reason(), "G.711 is not Opus");
  }
  rig.ExpectTimesToGrow();
  EXPECT_GT(rig.packets.size(), 110U);
}

TEST(AudioPipelineTest, CountsAacBeforeItsHeader) {
  Rig rig;
  ASSERT_TRUE(rig.Push(AudioCodec::kAac, Kind::kCodedFrame, Bytes{0x21, 0x10}, 0ms));
  EXPECT_EQ(rig.pipeline.before_header(), 1U);
  EXPECT_FALSE(rig.pipeline.ready());
  ASSERT_TRUE(rig.Push(AudioCodec::kAac, Kind::kSequenceHeader, Bytes{0x11, 0x90}, 0ms));
  EXPECT_TRUE(rig.pipeline.ready());
  EXPECT_EQ(rig.pipeline.sample_rate(), 48'000);
}

TEST(AudioPipelineTest, KeepsAHeaderThatWorked) {
  Rig rig;
  EXPECT_FALSE(rig.Push(AudioCodec::kAac, Kind::kSequenceHeader, Bytes{0x11}, 0ms));
  EXPECT_TRUE(rig.Push(AudioCodec::kAac, Kind::kSequenceHeader, Bytes{0x11, 0x90}, 0ms));
  EXPECT_TRUE(rig.Push(AudioCodec::kAac, Kind::kSequenceHeader, Bytes{0x11}, 0ms));
  EXPECT_EQ(rig.pipeline.sample_rate(), 48'000);
}

}  // namespace
}  // namespace ingress::handler
