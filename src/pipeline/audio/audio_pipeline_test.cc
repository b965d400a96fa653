#include "pipeline/audio/audio_pipeline.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "base/testing/hex.h"
#include "codec/opus.h"

namespace ingress::pipeline {
namespace {

using namespace std::chrono_literals;
using Packet = media::AudioTranscoder::Packet;
using Kind = stream::AudioUnit::Kind;

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
    pipeline.OnUnit({.kind = kind,
                     .codec = codec,
                     .sample_rate = telephone ? 8000U : 0U,
                     .channels = telephone ? 1 : 0,
                     .payload = stream::Payload(Bytes(data.begin(), data.end()))},
                    pts, TimePoint(pts));
    return pipeline.health().unusable() == before;
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
    EXPECT_TRUE(rig.Push(AudioCodec::kPcmU, Kind::kFrame, Telephone(), i * 20ms));
  }
  for (const Packet& packet : rig.packets) packets.push_back(packet.frame.payload);
  return packets;
}

TEST(AudioPipelineTest, PassesOpusThroughAsItCame) {
  const auto opus = OpusPackets(20, 2);
  Rig rig;
  ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kFormat, {}, 0ms));
  EXPECT_FALSE(rig.pipeline.ready());
  for (std::size_t i = 0; i < opus.size(); ++i) {
    const auto jitter = i % 2 == 0 ? 0ms : 1ms;
    ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kFrame, opus[i], 500ms + i * 20ms + jitter));
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
    ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kFrame, opus[i], i * 20ms));
  }
  ASSERT_GT(rig.packets.size(), 15U);
  EXPECT_EQ(rig.pipeline.route(), "transcoded");
  EXPECT_EQ(rig.pipeline.route_reason(), "the configuration says so");
}

TEST(AudioPipelineTest, TranscodesStereoWhereMonoIsAskedFor) {
  const auto opus = OpusPackets(20, 2);
  Rig rig(1);
  for (std::size_t i = 0; i < opus.size(); ++i) {
    ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kFrame, opus[i], i * 20ms));
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
    ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kFormat, {}, pts));
    for (const Bytes& packet : opus) {
      ASSERT_TRUE(rig.Push(AudioCodec::kOpus, Kind::kFrame, packet, pts));
      pts += 20ms;
    }
    EXPECT_EQ(rig.pipeline.route(), "pass-through");
    for (int i = 0; i < 20; ++i) {
      // Without a header the first two might be mistakes.
      EXPECT_EQ(rig.Push(AudioCodec::kPcmU, Kind::kFrame, Telephone(), pts), i >= 2);
      pts += 20ms;
    }
    EXPECT_EQ(rig.pipeline.route_reason(), "G.711 is not Opus");
  }
  rig.ExpectTimesToGrow();
  EXPECT_GT(rig.packets.size(), 105U);
}

TEST(AudioPipelineTest, CountsAacBeforeItsHeader) {
  Rig rig;
  ASSERT_TRUE(rig.Push(AudioCodec::kAac, Kind::kFrame, Bytes{0x21, 0x10}, 0ms));
  EXPECT_EQ(rig.pipeline.before_header(), 1U);
  EXPECT_FALSE(rig.pipeline.ready());
  ASSERT_TRUE(rig.Push(AudioCodec::kAac, Kind::kFormat, Bytes{0x11, 0x90}, 0ms));
  EXPECT_TRUE(rig.pipeline.ready());
  EXPECT_EQ(rig.pipeline.sample_rate(), 48'000);
}

TEST(AudioPipelineTest, KeepsAHeaderThatWorked) {
  Rig rig;
  EXPECT_FALSE(rig.Push(AudioCodec::kAac, Kind::kFormat, Bytes{0x11}, 0ms));
  EXPECT_TRUE(rig.Push(AudioCodec::kAac, Kind::kFormat, Bytes{0x11, 0x90}, 0ms));
  EXPECT_FALSE(rig.Push(AudioCodec::kAac, Kind::kFormat, Bytes{0x11}, 0ms));
  // One that parses, but that nothing can decode: an explicit rate of 1 Hz.
  EXPECT_FALSE(rig.Push(AudioCodec::kAac, Kind::kFormat, FromHex("1780000088"), 0ms));
  EXPECT_EQ(rig.pipeline.sample_rate(), 48'000);
}

TEST(AudioPipelineTest, GoesOnOverOddMessages) {
  const auto unit = [](AudioCodec codec, Kind kind, std::string_view data) {
    return stream::AudioUnit{.kind = kind,
                             .codec = codec,
                             .sample_rate = codec == AudioCodec::kPcmA ? 8'000U : 0U,
                             .channels = codec == AudioCodec::kPcmA ? 1 : 0,
                             .payload = stream::Payload(FromHex(data))};
  };
  using enum AudioCodec;
  const std::vector<stream::AudioUnit> odd = {
      unit(kAac, Kind::kFormat, ""),                   // no configuration
      unit(kAac, Kind::kFormat, "11"),                 // half of one
      unit(kAac, Kind::kFormat, "1780000088"),         // 1 Hz
      unit(kAac, Kind::kFormat, "11F8"),               // a reserved channel configuration
      unit(kAac, Kind::kFrame, ""),                    // no frame
      unit(kAac, Kind::kFrame, "A5A5A5A5A5A5A5A5"),    // noise
      unit(kAac, Kind::kFrame, "FFF1508001"),          // ADTS cut off
      unit(kPcmA, Kind::kFrame, "D5D5D5D5"),           // other G.711
      unit(kOpus, Kind::kFrame, "FC01"),               // Opus without a header
      unit(kFlac, Kind::kFrame, "FFF8"),               // a piece of FLAC
      unit(kMp3, Kind::kEndOfSequence, ""),            // an end, and it goes on
      {.codec_name = "Enhanced RTMP codec \"zzzz\""},  // an unknown one
      {.codec_name = "FLV sound format 15"},           // a device's own
  };
  Rig rig;
  SessionTime pts{};
  for (std::size_t n = 0; n < odd.size(); ++n) {
    SCOPED_TRACE(n);
    for (int i = 0; i < 20; ++i, pts += 20ms) {
      ASSERT_TRUE(rig.Push(kPcmU, Kind::kFrame, Telephone(), pts));
    }
    rig.pipeline.OnUnit(odd[n], pts, TimePoint(pts));
    rig.pipeline.OnUnusable({ErrorCode::kMalformed, "audio tag: cut short"}, TimePoint(pts));
    EXPECT_EQ(rig.pipeline.health().state(TimePoint(pts)), TrackHealth::State::kWorking);
  }
  EXPECT_GE(rig.packets.size(), odd.size() * 20 - 2);
  EXPECT_EQ(rig.pipeline.mime_type(), "audio/x-mulaw");
  EXPECT_GT(rig.pipeline.health().unusable(), odd.size() + odd.size() / 2);
  rig.ExpectTimesToGrow();
}

TEST(AudioPipelineTest, SaysWhatHasNoDecoder) {
  Rig rig;
  const stream::AudioUnit unknown{.codec_name = "Enhanced RTMP codec \"zzzz\""};
  for (SessionTime pts{}; pts < 4s; pts += 20ms) {
    rig.pipeline.OnUnit(unknown, pts, TimePoint(pts));
  }
  EXPECT_FALSE(rig.pipeline.ready());
  const auto why = rig.pipeline.health().Hopeless(TimePoint(4s));
  ASSERT_TRUE(why);
  EXPECT_EQ(why->code, ErrorCode::kUnsupported);
  EXPECT_NE(why->context.find("zzzz"), std::string::npos) << why->context;
}

}  // namespace
}  // namespace ingress::pipeline
