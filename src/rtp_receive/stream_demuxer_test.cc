#include "rtp_receive/stream_demuxer.h"

#include <gtest/gtest.h>

namespace ingress::rtp_receive {
namespace {

TrackConfig Audio() {
  return {.kind = TrackKind::kAudio,
          .mid = "0",
          .formats = {{.payload_type = 111, .codec = AudioCodec::kOpus, .clock_rate = 48'000}}};
}

TrackConfig Video() {
  return {.kind = TrackKind::kVideo,
          .mid = "1",
          .formats = {{.payload_type = 96, .rtx_payload_type = 97}}};
}

ReceivedPacket Packet(std::uint32_t ssrc, std::uint8_t payload_type,
                      PacketExtensions extensions = {}) {
  return {.header = {.payload_type = payload_type, .ssrc = ssrc}, .extensions = extensions};
}

constexpr StreamId kAudioStream{.track = 0};
constexpr StreamId kVideoStream{.track = 1};
constexpr StreamId kRetransmissions{.track = 1, .retransmission = true};

TEST(StreamDemuxerTest, GoesByPayloadTypeWhereNothingElseIsThere) {
  const ReceiverConfig config{.tracks = {Audio(), Video()}};
  StreamDemuxer demuxer(config);
  EXPECT_EQ(demuxer.Identify(Packet(1, 111)), kAudioStream);
  EXPECT_EQ(demuxer.Identify(Packet(2, 96)), kVideoStream);
  EXPECT_EQ(demuxer.Identify(Packet(3, 97)), kRetransmissions);
  EXPECT_EQ(demuxer.Identify(Packet(4, 63)), std::nullopt);  // not agreed on
}

TEST(StreamDemuxerTest, GoesByMid) {
  ReceiverConfig config{.tracks = {Audio(), Video()}};
  config.tracks[0].formats[0].payload_type = 96;  // the same in both sections
  StreamDemuxer demuxer(config);
  EXPECT_EQ(demuxer.Identify(Packet(1, 96)), std::nullopt);
  EXPECT_EQ(demuxer.Identify(Packet(1, 96, {.mid = "0"})), kAudioStream);
  EXPECT_EQ(demuxer.Identify(Packet(2, 96, {.mid = "1"})), kVideoStream);
  EXPECT_EQ(demuxer.Identify(Packet(3, 96, {.mid = "2"})), std::nullopt);
  EXPECT_EQ(demuxer.Identify(Packet(1, 96)), kAudioStream);  // known by now
}

TEST(StreamDemuxerTest, GoesByDeclaredSsrc) {
  ReceiverConfig config{.tracks = {Audio(), Video()}};
  config.tracks[0].formats[0].payload_type = 96;
  config.tracks[1].ssrcs = {{.media = 7, .rtx = 8}};
  StreamDemuxer demuxer(config);
  EXPECT_EQ(demuxer.Identify(Packet(7, 96)), kVideoStream);
  EXPECT_EQ(demuxer.Identify(Packet(8, 97)), kRetransmissions);
}

TEST(StreamDemuxerTest, RefusesAnotherPayloadTypeOnAKnownSsrc) {
  const ReceiverConfig config{.tracks = {Audio(), Video()}};
  StreamDemuxer demuxer(config);
  EXPECT_EQ(demuxer.Identify(Packet(1, 96)), kVideoStream);
  EXPECT_EQ(demuxer.Identify(Packet(1, 97)), std::nullopt);
  EXPECT_EQ(demuxer.Identify(Packet(1, 111)), std::nullopt);
}

TEST(StreamDemuxerTest, IgnoresRidsOfATrackWithoutSimulcast) {
  const ReceiverConfig config{.tracks = {Audio(), Video()}};
  StreamDemuxer demuxer(config);
  EXPECT_EQ(demuxer.Identify(Packet(1, 96, {.mid = "1", .rid = "0"})), kVideoStream);
}

TEST(StreamDemuxerTest, FindsLayersByRid) {
  ReceiverConfig config{.tracks = {Audio(), Video()}};
  config.tracks[1].rids = {"q", "h", "f"};
  StreamDemuxer demuxer(config);
  EXPECT_EQ(demuxer.Identify(Packet(1, 96, {.mid = "1"})), std::nullopt);  // no rid yet
  EXPECT_EQ(demuxer.Identify(Packet(1, 96, {.mid = "1", .rid = "h"})),
            (StreamId{.track = 1, .layer = 1}));
  EXPECT_EQ(demuxer.Identify(Packet(1, 96)), (StreamId{.track = 1, .layer = 1}));
  EXPECT_EQ(demuxer.Identify(Packet(2, 97, {.mid = "1", .repaired_rid = "f"})),
            (StreamId{.track = 1, .layer = 2, .retransmission = true}));
  EXPECT_EQ(demuxer.Identify(Packet(3, 96, {.mid = "1", .rid = "x"})), std::nullopt);
  EXPECT_TRUE(demuxer.AwaitsRid(Packet(4, 96, {.mid = "1"})));
  EXPECT_TRUE(demuxer.AwaitsRid(Packet(4, 96)));
  EXPECT_FALSE(demuxer.AwaitsRid(Packet(4, 96, {.mid = "1", .rid = "x"})));
  EXPECT_FALSE(demuxer.AwaitsRid(Packet(4, 97)));
  EXPECT_FALSE(demuxer.AwaitsRid(Packet(4, 111, {.mid = "0"})));
}

TEST(StreamDemuxerTest, RemembersABoundedNumber) {
  const ReceiverConfig config{.tracks = {Audio(), Video()}};
  StreamDemuxer demuxer(config);
  for (std::uint32_t ssrc = 1; ssrc < 1'000; ++ssrc) {
    EXPECT_EQ(demuxer.Identify(Packet(ssrc, 96)), kVideoStream);
  }
  EXPECT_EQ(demuxer.Identify(Packet(1, 111)), kAudioStream);  // 1 was forgotten as video
}

}  // namespace
}  // namespace ingress::rtp_receive
