#include "pipeline/audio/audio_pipeline.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/hex.h"
#include "codec/opus.h"

namespace ingress::pipeline {
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

  /// Whether the message was of use.
  bool Push(AudioCodec codec, Kind kind, ByteView data, SessionTime pts) {
    const bool telephone = codec == AudioCodec::kPcmU;
    const std::uint64_t before = pipeline.health().unusable();
    pipeline.OnTag(flv::AudioTag{.kind = kind,
                                 .codec = codec,
                                 .sample_rate = telephone ? 8000U : 0U,
                                 .channels = telephone ? 1 : 0,
                                 .data = data},
                   pts, TimePoint(pts));
    return pipeline.health().unusable() == before;
  }

  /// A tag as it comes over the wire.
  void Receive(const Bytes& body, SessionTime pts) {
    if (const auto tag = flv::ParseAudioTag(body)) {
      pipeline.OnTag(*tag, pts, TimePoint(pts));
    } else {
      pipeline.OnUnusable(tag.error(), TimePoint(pts));
    }
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
    ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kSequenceHeader, {}, pts));
    for (const Bytes& packet : opus) {
      ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kCodedFrame, packet, pts));
      pts += 20ms;
    }
    EXPECT_EQ(rig.pipeline.route(), "pass-through");
    for (int i = 0; i < 20; ++i) {
      // Without a header the first two might be mistakes.
      EXPECT_EQ(rig.Push(AudioCodec::kPcmU, Kind::kCodedFrame, Telephone(), pts), i >= 2);
      pts += 20ms;
    }
    EXPECT_EQ(rig.pipeline.route_reason(), "G.711 is not Opus");
  }
  rig.ExpectTimesToGrow();
  EXPECT_GT(rig.packets.size(), 105U);
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
  EXPECT_FALSE(rig.Push(AudioCodec::kAac, Kind::kSequenceHeader, Bytes{0x11}, 0ms));
  // One that parses, but that nothing can decode: an explicit rate of 1 Hz.
  EXPECT_FALSE(rig.Push(AudioCodec::kAac, Kind::kSequenceHeader, FromHex("1780000088"), 0ms));
  EXPECT_EQ(rig.pipeline.sample_rate(), 48'000);
}

TEST(AudioPipelineTest, GoesOnOverOddMessages) {
  const std::vector<Bytes> odd = {
      FromHex("AF"),                    // cut off
      FromHex("AF00"),                  // no configuration
      FromHex("AF0011"),                // half of one
      FromHex("AF001780000088"),        // 1 Hz
      FromHex("AF0011F8"),              // a reserved channel configuration
      FromHex("AF01"),                  // no frame
      FromHex("AF01A5A5A5A5A5A5A5A5"),  // noise
      FromHex("AF01FFF1508001"),        // ADTS cut off
      FromHex("90"),                    // no FourCC
      FromHex("917A7A7A7A00010203"),    // an unknown one
      FromHex("946D703461"),            // no channel count
      FromHex("953500"),                // an unknown kind of multitrack
      FromHex("97FF"),                  // ModEx cut off
      FromHex("72D5D5D5D5"),            // G.711
      FromHex("FF0102"),                // a device's own
      FromHex("D00102"),                // reserved
      FromHex("914F707573FC01"),        // Opus without a header
      FromHex("91664C6143FFF8"),        // a piece of FLAC
  };
  Rig rig;
  SessionTime pts{};
  for (const Bytes& body : odd) {
    SCOPED_TRACE(testing::PrintToString(body));
    for (int i = 0; i < 20; ++i, pts += 20ms) {
      ASSERT_TRUE(rig.Push(AudioCodec::kPcmU, Kind::kCodedFrame, Telephone(), pts));
    }
    rig.Receive(body, pts);
    rig.Receive(body, pts);
    EXPECT_EQ(rig.pipeline.health().state(TimePoint(pts)), TrackHealth::State::kWorking);
  }
  EXPECT_GE(rig.packets.size(), odd.size() * 20 - 2);
  EXPECT_EQ(rig.pipeline.mime_type(), "audio/x-mulaw");
  EXPECT_GT(rig.pipeline.health().unusable(), odd.size());
  rig.ExpectTimesToGrow();
}

TEST(AudioPipelineTest, SaysWhatHasNoDecoder) {
  Rig rig;
  for (SessionTime pts{}; pts < 4s; pts += 20ms) rig.Receive(FromHex("917A7A7A7A000102"), pts);
  EXPECT_FALSE(rig.pipeline.ready());
  const auto why = rig.pipeline.health().Hopeless(TimePoint(4s));
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, ErrorCode::kUnsupported);
  EXPECT_NE(why->context.find("zzzz"), std::string::npos) << why->context;
}

}  // namespace
}  // namespace ingress::pipeline
