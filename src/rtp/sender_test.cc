#include "rtp/sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ingress::rtp {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::ElementsAre;

constexpr TimePoint kStart{1h};
constexpr std::uint32_t kSsrc = 0x1111;
constexpr std::uint32_t kRtxSsrc = 0x2222;
// 10 Nov 1995 11:33:25.125 UTC, the instant of the example in RFC 3550 §6.4.1.
constexpr WallTime kWallOrigin =
    std::chrono::sys_days{std::chrono::November / 10 / 1995} + 11h + 33min + 25s + 125ms;

struct Sent {
  Bytes bytes;
  PacketPriority priority;
  RtpHeader header;
  std::string mid;
  std::string rid;
  std::string repaired_rid;
  Bytes payload;
};

class RtpSenderTest : public testing::Test {
 protected:
  static SenderOptions VideoOptions() {
    return {.format = PayloadFormat::kH264,
            .ssrc = kSsrc,
            .payload_type = 96,
            .clock_rate = 90'000,
            .timestamp_base = 0xfffffff0,
            .rtx_ssrc = kRtxSsrc,
            .rtx_payload_type = 97,
            .extensions = {.mid = 1, .rid = 2, .repaired_rid = 3, .transport_seq = 5},
            .mid = "1",
            .rid = "h",
            .first_sequence = 65534};
  }

  static SenderOptions AudioOptions() {
    return {.ssrc = kSsrc,
            .payload_type = 111,
            .extensions = {.mid = 1, .audio_level = 4},
            .mid = "0",
            .first_sequence = 100};
  }

  RtpSender Make(SenderOptions options) {
    return RtpSender(std::move(options), {.steady_origin = kStart, .wall_origin = kWallOrigin},
                     pool_, pacer_);
  }

  /// A slice of `size` bytes at `pts`.
  static EncodedFrame Video(SessionTime pts, std::size_t size = 100) {
    EncodedFrame frame{.payload = Bytes(size + 4, 0x99), .pts = pts};
    std::ranges::copy(Bytes{0, 0, 0, 1, 0x41}, frame.payload.begin());
    return frame;
  }

  static EncodedFrame Audio(SessionTime pts) {
    return {.payload = Bytes{0xf8, 0x01}, .pts = pts, .duration = 20ms};
  }

  /// Lets everything out of the pacer and tells `sender`, as a session does.
  std::vector<Sent> Flush(RtpSender& sender, TimePoint now) {
    std::vector<Sent> all;
    while (auto due = pacer_.Poll(now + 1s)) {
      const ByteView bytes = due->packet->bytes();
      const ParsedRtpPacket parsed = ParseRtpPacket(bytes).value();
      all.push_back({.bytes = Bytes(bytes.begin(), bytes.end()),
                     .priority = due->priority,
                     .header = parsed.header,
                     .mid = std::string(AsText(parsed.extension(1))),
                     .rid = std::string(AsText(parsed.extension(2))),
                     .repaired_rid = std::string(AsText(parsed.extension(3))),
                     .payload = Bytes(parsed.payload.begin(), parsed.payload.end())});
      if (due->priority != PacketPriority::kRetransmission) {
        sender.OnSent(std::move(due->packet), now);
      }
    }
    return all;
  }

  std::vector<Sent> SendAt(RtpSender& sender, SessionTime at, std::size_t size = 100) {
    EXPECT_TRUE(sender.Send(Video(at, size), kStart + at).has_value());
    return Flush(sender, kStart + at);
  }

  PacketPool pool_;
  Pacer pacer_{{}};
};

TEST(ToRtpTicksTest, RoundsTheSameWayEverywhere) {
  EXPECT_EQ(ToRtpTicks(20ms, 48'000), 960);
  EXPECT_EQ(ToRtpTicks(33'333'333ns, 90'000), 3000);
  EXPECT_EQ(ToRtpTicks(-20ms, 48'000), -960);
  EXPECT_EQ(ToRtpTicks(1000h, 90'000), 324'000'000'000);
  EXPECT_EQ(ToRtpTicks(1000h + 1ms, 90'000), 324'000'000'090);
}

TEST_F(RtpSenderTest, SetsMarkerOnTheLastPacketOfAFrame) {
  RtpSender sender = Make(VideoOptions());
  const auto sent = SendAt(sender, 0ms, 3000);
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_FALSE(sent[0].header.marker);
  EXPECT_FALSE(sent[1].header.marker);
  EXPECT_TRUE(sent[2].header.marker);
  EXPECT_EQ(sent[0].header.sequence, 65534);
  EXPECT_EQ(sent[1].header.sequence, 65535);
  EXPECT_EQ(sent[2].header.sequence, 0);
  EXPECT_EQ(sent[0].header.payload_type, 96);
  EXPECT_EQ(sent[0].header.timestamp, sent[2].header.timestamp);
  for (const Sent& packet : sent) {
    // Payload and the extension block together, behind 12 bytes of header.
    EXPECT_LE(packet.bytes.size(), 12U + 1200U);
  }
}

TEST_F(RtpSenderTest, StartsBelowHalfTheSequenceSpace) {
  for (int i = 0; i < 50; ++i) {
    SenderOptions options = VideoOptions();
    options.first_sequence.reset();
    RtpSender sender = Make(options);
    EXPECT_LT(SendAt(sender, 0ms).front().header.sequence, 0x8000);
  }
}

TEST_F(RtpSenderTest, DerivesTimestampsFromPresentationTime) {
  RtpSender sender = Make(VideoOptions());
  EXPECT_EQ(SendAt(sender, 0ms)[0].header.timestamp, 0xfffffff0U);
  EXPECT_EQ(SendAt(sender, 100ms)[0].header.timestamp, 9000U - 16);  // the 32 bits wrapped
  EXPECT_EQ(SendAt(sender, 30h)[0].header.timestamp,
            static_cast<std::uint32_t>(30LL * 3600 * 90'000 - 16));
}

TEST_F(RtpSenderTest, MovesRtpTimesAndReportsByAnOffset) {
  RtpSender sender = Make(AudioOptions());
  ASSERT_TRUE(sender.Send(Audio(1s), kStart));
  sender.SetRtpOffset(500ms);
  ASSERT_TRUE(sender.Send(Audio(1020ms), kStart));
  const auto sent = Flush(sender, kStart);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].header.timestamp, 48'000U);
  EXPECT_EQ(sent[1].header.timestamp, 48'960U + 24'000U);
  EXPECT_EQ(sender.TakeReport(kStart + 2s).rtp_timestamp, 96'000U + 24'000U);
}

TEST_F(RtpSenderTest, ClampsATimestampThatWouldNotAdvance) {
  RtpSender sender = Make(VideoOptions());
  SendAt(sender, 100ms);
  EXPECT_EQ(SendAt(sender, 100ms)[0].header.timestamp, 9001U - 16);
  EXPECT_EQ(SendAt(sender, 50ms)[0].header.timestamp, 9002U - 16);
  EXPECT_EQ(SendAt(sender, 133ms)[0].header.timestamp, 11970U - 16);
  EXPECT_EQ(sender.stats().timestamps_clamped, 2U);
}

TEST_F(RtpSenderTest, IdentifiesUntilAReportCameAndFiveSecondsPassed) {
  RtpSender sender = Make(VideoOptions());
  EXPECT_THAT(SendAt(sender, 0ms, 3000), Each(testing::Field(&Sent::rid, "h")));
  sender.OnReportBlock({.ssrc = kSsrc}, kStart + 1s);
  EXPECT_EQ(SendAt(sender, 4999ms)[0].mid, "1");
  EXPECT_EQ(SendAt(sender, 5000ms)[0].mid, "");
  EXPECT_EQ(SendAt(sender, 5001ms)[0].rid, "");
}

TEST_F(RtpSenderTest, KeepsIdentifyingWithoutAReport) {
  RtpSender sender = Make(VideoOptions());
  SendAt(sender, 0ms);
  sender.OnReportBlock({.ssrc = 0x9999}, kStart + 1s);  // somebody else's
  EXPECT_EQ(SendAt(sender, 60s)[0].rid, "h");
}

TEST_F(RtpSenderTest, IdentifiesAgainAfterAReset) {
  RtpSender sender = Make(VideoOptions());
  SendAt(sender, 0ms);
  sender.OnReportBlock({.ssrc = kSsrc}, kStart + 1s);
  ASSERT_EQ(SendAt(sender, 10s)[0].rid, "");
  sender.ResetIdentification();
  EXPECT_EQ(SendAt(sender, 11s)[0].rid, "h");
  sender.OnReportBlock({.ssrc = kSsrc}, kStart + 12s);
  EXPECT_EQ(SendAt(sender, 15s)[0].rid, "h");
  EXPECT_EQ(SendAt(sender, 16s)[0].rid, "");
}

TEST_F(RtpSenderTest, SendsAudioWithLevelAndTalkspurtMarker) {
  RtpSender sender = Make(AudioOptions());
  std::vector<bool> markers;
  for (const SessionTime pts : {0ms, 20ms, 40ms, 500ms, 520ms}) {
    ASSERT_TRUE(sender.Send(Audio(pts), kStart + pts, 33).has_value());
    const auto sent = Flush(sender, kStart + pts);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].priority, PacketPriority::kAudio);
    EXPECT_EQ(sent[0].header.timestamp, static_cast<std::uint32_t>(pts / 1ms * 48));
    EXPECT_THAT(ParseRtpPacket(sent[0].bytes)->extension(4), ElementsAre(33));
    markers.push_back(sent[0].header.marker);
  }
  EXPECT_THAT(markers, ElementsAre(true, false, false, true, false));
}

TEST_F(RtpSenderTest, RejectsAFrameWithoutUsingANumber) {
  RtpSender sender = Make(VideoOptions());
  EXPECT_EQ(sender.Send({.payload = Bytes{1, 2, 3}}, kStart).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(sender.stats().frames_rejected, 1U);
  EXPECT_EQ(SendAt(sender, 0ms)[0].header.sequence, 65534);
}

TEST_F(RtpSenderTest, ReportsShortlyAfterTheFirstPacketThenEverySecond) {
  RtpSender sender = Make(VideoOptions());
  EXPECT_FALSE(sender.NextReport());
  SendAt(sender, 40ms);
  EXPECT_EQ(sender.NextReport(), kStart + 140ms);
  sender.TakeReport(kStart + 140ms);
  EXPECT_EQ(sender.NextReport(), kStart + 1140ms);
  sender.TakeReport(kStart + 1140ms);  // the layer is paused: reports go on
  EXPECT_EQ(sender.NextReport(), kStart + 2140ms);
}

TEST_F(RtpSenderTest, ReportsSoonAfterAPause) {
  RtpSender sender = Make(VideoOptions());
  SendAt(sender, 0ms);
  sender.TakeReport(kStart + 2900ms);
  SendAt(sender, 3s);
  EXPECT_EQ(sender.NextReport(), kStart + 3100ms);
}

TEST_F(RtpSenderTest, ReportsOneInstantOnBothClocks) {
  RtpSender sender = Make(VideoOptions());
  SendAt(sender, 0ms, 3000);
  SendAt(sender, 33ms);
  const SenderReport now = sender.TakeReport(kStart);
  EXPECT_EQ(now.ssrc, kSsrc);
  EXPECT_EQ(now.ntp.value, 0xb44db705'20000000U);
  EXPECT_EQ(now.rtp_timestamp, 0xfffffff0U);
  EXPECT_EQ(now.packet_count, 4U);
  // FU-A: the NAL unit header goes, three FU headers of two bytes come.
  EXPECT_EQ(now.octet_count, 2999U + 3 * 2 + 100);

  const SenderReport later = sender.TakeReport(kStart + 11'375ms);
  EXPECT_EQ(later.ntp.value, 0xb44db710'80000000U);
  EXPECT_EQ(later.rtp_timestamp, 0xfffffff0U + 1'023'750U);
  EXPECT_EQ(later.packet_count, 4U);
}

TEST_F(RtpSenderTest, MeasuresRoundTripAsInRFC3550Section641) {
  RtpSender sender = Make(VideoOptions());
  sender.OnReportBlock({.ssrc = kSsrc,
                        .fraction_lost = 64,
                        .cumulative_lost = 5,
                        .last_sr = 0xb7052000,
                        .delay_since_last_sr = 0x00054000},
                       kStart + 11'375ms);  // A = 0xb7108000
  EXPECT_EQ(sender.stats().round_trip, 6125ms);
  EXPECT_DOUBLE_EQ(sender.stats().fraction_lost, 0.25);
  EXPECT_EQ(sender.stats().cumulative_lost, 5);
}

TEST_F(RtpSenderTest, IgnoresRoundTripsThatCannotBe) {
  RtpSender sender = Make(VideoOptions());
  sender.OnReportBlock({.ssrc = kSsrc, .last_sr = 0}, kStart);
  sender.OnReportBlock({.ssrc = kSsrc, .last_sr = 0xb7052000, .delay_since_last_sr = 1}, kStart);
  EXPECT_EQ(sender.stats().round_trip, 0us);
}

TEST_F(RtpSenderTest, AnswersANackOnTheRtxStream) {
  RtpSender sender = Make(VideoOptions());
  const auto media = SendAt(sender, 0ms, 3000);
  const SequenceNumber lost[] = {65535, 7};  // 7 was never sent
  sender.OnNack(lost, kStart + 30ms);
  const auto repair = Flush(sender, kStart + 30ms);
  ASSERT_EQ(repair.size(), 1U);
  EXPECT_EQ(repair[0].priority, PacketPriority::kRetransmission);
  EXPECT_EQ(repair[0].header.ssrc, kRtxSsrc);
  EXPECT_EQ(repair[0].header.payload_type, 97);
  EXPECT_EQ(repair[0].header.timestamp, media[1].header.timestamp);
  EXPECT_EQ(repair[0].mid, "1");
  EXPECT_EQ(repair[0].rid, "");
  EXPECT_EQ(repair[0].repaired_rid, "h");
  Bytes expected = {0xff, 0xff};  // OSN
  expected.insert(expected.end(), media[1].payload.begin(), media[1].payload.end());
  EXPECT_EQ(repair[0].payload, expected);
  EXPECT_EQ(sender.stats().retransmitted, 1U);
  EXPECT_EQ(sender.stats().nacked, 2U);
  EXPECT_EQ(sender.stats().packets, 3U);
}

TEST_F(RtpSenderTest, NumbersRtxPacketsOnTheirOwn) {
  RtpSender sender = Make(VideoOptions());
  SendAt(sender, 0ms, 3000);
  const SequenceNumber lost[] = {65534, 0};
  sender.OnNack(lost, kStart + 30ms);
  const auto repair = Flush(sender, kStart + 30ms);
  ASSERT_EQ(repair.size(), 2U);
  EXPECT_LT(repair[0].header.sequence, 0x8000);
  EXPECT_EQ(repair[1].header.sequence, repair[0].header.sequence + 1);
}

TEST_F(RtpSenderTest, ResendsTheSamePacketWithoutRtx) {
  SenderOptions options = VideoOptions();
  options.rtx_ssrc.reset();
  options.rtx_payload_type.reset();
  RtpSender sender = Make(options);
  const auto media = SendAt(sender, 0ms);
  const SequenceNumber lost[] = {65534};
  sender.OnNack(lost, kStart + 30ms);
  const auto repair = Flush(sender, kStart + 30ms);
  ASSERT_EQ(repair.size(), 1U);
  EXPECT_EQ(repair[0].bytes, media[0].bytes);
  EXPECT_EQ(sender.stats().packets, 1U);
}

TEST_F(RtpSenderTest, SpacesRetransmissionsByTheRoundTrip) {
  RtpSender sender = Make(VideoOptions());
  SendAt(sender, 11'300ms);
  // A − LSR − DLSR = 46864.5 − 46864.375 s: 125 ms.
  sender.OnReportBlock({.ssrc = kSsrc, .last_sr = 0xb7106000, .delay_since_last_sr = 0},
                       kStart + 11'375ms);
  ASSERT_EQ(sender.stats().round_trip, 125ms);
  const SequenceNumber lost[] = {65534, 65534};
  sender.OnNack(lost, kStart + 11'400ms);
  EXPECT_EQ(Flush(sender, kStart).size(), 1U);
  sender.OnNack(lost, kStart + 11'524ms);
  EXPECT_EQ(Flush(sender, kStart).size(), 0U);
  sender.OnNack(lost, kStart + 11'525ms);
  EXPECT_EQ(Flush(sender, kStart).size(), 1U);
}

TEST_F(RtpSenderTest, TakesARepeatedFullIntraRequestOnce) {
  RtpSender sender = Make(VideoOptions());
  EXPECT_TRUE(sender.OnFullIntraRequest(255));
  EXPECT_FALSE(sender.OnFullIntraRequest(255));
  EXPECT_TRUE(sender.OnFullIntraRequest(0));
  EXPECT_EQ(sender.stats().fir, 2U);
}

TEST_F(RtpSenderTest, SendsVp8WithContiguousPictureIds) {
  SenderOptions options = VideoOptions();
  options.format = PayloadFormat::kVp8;
  RtpSender sender = Make(options);
  std::vector<int> ids;
  for (const SessionTime pts : {0ms, 33ms, 66ms}) {
    ASSERT_TRUE(sender.Send({.payload = Bytes(2000, 0x10), .pts = pts}, kStart + pts).has_value());
    const auto sent = Flush(sender, kStart + pts);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].payload[0], 0x90);
    EXPECT_EQ(sent[1].payload[0], 0x80);
    ids.push_back((sent[0].payload[2] & 0x7f) << 8 | sent[0].payload[3]);
  }
  EXPECT_EQ(ids[1], (ids[0] + 1) & 0x7fff);
  EXPECT_EQ(ids[2], (ids[0] + 2) & 0x7fff);
}

}  // namespace
}  // namespace ingress::rtp
