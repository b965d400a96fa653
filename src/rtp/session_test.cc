#include "rtp/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::rtp {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimePoint kStart{1h};
constexpr WallTime kWallOrigin =
    std::chrono::sys_days{std::chrono::November / 10 / 1995} + 11h + 33min + 25s + 125ms;
constexpr std::uint32_t kAudioSsrc = 0x0a0a0a0a;
constexpr std::uint32_t kVideoSsrc = 0x0b0b0b0b;

class RecordingSink final : public PacketSink {
 public:
  void SendRtp(ByteView packet) override { Take(packet, rtp); }
  void SendRtcp(ByteView packet) override { Take(packet, rtcp); }
  void Flush() override { unflushed = 0; }

  std::vector<Bytes> rtp;
  std::vector<Bytes> rtcp;
  int unflushed = 0;

 private:
  void Take(ByteView packet, std::vector<Bytes>& into) {
    EXPECT_LE(packet.size(), kMaxPacketSize);
    ++unflushed;
    into.emplace_back(packet.begin(), packet.end());
  }
};

class RtpSessionTest : public testing::Test {
 protected:
  RtpSessionTest() {
    audio_ = &session_.AddSender({.ssrc = kAudioSsrc,
                                  .payload_type = 111,
                                  .extensions = {.mid = 1},
                                  .mid = "0",
                                  .first_sequence = 10});
    video_ = &session_.AddSender({.format = PayloadFormat::kVp8,
                                  .ssrc = kVideoSsrc,
                                  .payload_type = 96,
                                  .clock_rate = 90'000,
                                  .extensions = {.mid = 1, .rid = 2, .transport_seq = 5},
                                  .mid = "1",
                                  .rid = "q",
                                  .first_sequence = 20});
  }

  void SendVideo(SessionTime at, std::size_t size) {
    ASSERT_TRUE(video_->Send({.payload = Bytes(size, 0x10), .pts = at}, kStart + at).has_value());
  }

  RtpSession::RtcpEvents Receive(ByteView datagram, SessionTime at = 0ms) {
    const auto events = session_.ReceiveRtcp(datagram, kStart + at);
    EXPECT_TRUE(events.has_value());
    return events.value_or(RtpSession::RtcpEvents{});
  }

  RtpSession session_{{.clock = {.steady_origin = kStart, .wall_origin = kWallOrigin},
                       .cname = "IN_x",
                       .pacer = {}}};
  RtpSender* audio_ = nullptr;
  RtpSender* video_ = nullptr;
  RecordingSink sink_;
};

TEST_F(RtpSessionTest, NumbersVideoPacketsAcrossTheTransport) {
  EXPECT_FALSE(session_.NextDeadline());
  SendVideo(0ms, 2000);
  ASSERT_TRUE(audio_->Send({.payload = Bytes{1}, .pts = 0ms}, kStart).has_value());
  session_.Poll(kStart, sink_);
  ASSERT_EQ(sink_.rtp.size(), 3U);
  EXPECT_EQ(ParseRtpPacket(sink_.rtp[0])->header.ssrc, kAudioSsrc);
  EXPECT_THAT(ParseRtpPacket(sink_.rtp[1])->extension(5), ElementsAre(0, 1));
  EXPECT_THAT(ParseRtpPacket(sink_.rtp[2])->extension(5), ElementsAre(0, 2));
  EXPECT_EQ(sink_.unflushed, 0);
}

TEST_F(RtpSessionTest, ReportsForEachSenderThatHasSent) {
  SendVideo(0ms, 100);
  session_.Poll(kStart, sink_);
  EXPECT_EQ(session_.NextDeadline(), kStart + 100ms);
  session_.Poll(kStart + 99ms, sink_);
  EXPECT_THAT(sink_.rtcp, IsEmpty());
  session_.Poll(kStart + 100ms, sink_);
  ASSERT_EQ(sink_.rtcp.size(), 1U);
  Bytes expected;
  AppendSenderReport(expected,
                     {.ssrc = kVideoSsrc,
                      .ntp = ToNtp(kWallOrigin + 100ms),
                      .rtp_timestamp = 9000,
                      .packet_count = 1,
                      .octet_count = 104},
                     "IN_x");
  EXPECT_EQ(sink_.rtcp[0], expected);
  EXPECT_EQ(session_.NextDeadline(), kStart + 1100ms);
}

TEST_F(RtpSessionTest, AsksForAKeyFrameOncePerDatagram) {
  const std::uint8_t datagram[] = {
      0x81, 206,  0x00, 0x02, 0, 0, 0, 1, 0x0b, 0x0b, 0x0b, 0x0b,  // PLI
      0x81, 206,  0x00, 0x02, 0, 0, 0, 1, 0x0b, 0x0b, 0x0b, 0x0b,  // PLI again
      0x81, 206,  0x00, 0x02, 0, 0, 0, 1, 0x77, 0x77, 0x77, 0x77,  // PLI for a stranger
      0x84, 206,  0x00, 0x04, 0, 0, 0, 1, 0,    0,    0,    0,     // FIR
      0x0b, 0x0b, 0x0b, 0x0b, 3, 0, 0, 0,
  };
  EXPECT_THAT(Receive(datagram).key_frame_requests, ElementsAre(kVideoSsrc));
  EXPECT_EQ(video_->stats().pli, 2U);
  EXPECT_EQ(video_->stats().fir, 1U);
}

// Another transport-wide number would be another packet under the same SRTP key stream.
TEST_F(RtpSessionTest, ResendsTheVeryPacketWithoutRtx) {
  SendVideo(0ms, 100);
  session_.Poll(kStart, sink_);
  const std::uint8_t nack[] = {0x81, 205,  0x00, 0x03, 0,    0,    0, 1,
                               0x0b, 0x0b, 0x0b, 0x0b, 0x00, 0x14, 0, 0};  // 20
  Receive(nack, 40ms);
  EXPECT_LE(session_.NextDeadline().value(), kStart + 40ms);
  session_.Poll(kStart + 40ms, sink_);
  ASSERT_EQ(sink_.rtp.size(), 2U);
  EXPECT_EQ(sink_.rtp[1], sink_.rtp[0]);
  EXPECT_EQ(video_->stats().packets, 1U);
}

TEST_F(RtpSessionTest, ResendsByRtxWithANewTransportNumber) {
  RtpSender& sender = session_.AddSender({.format = PayloadFormat::kVp8,
                                          .ssrc = 1,
                                          .payload_type = 96,
                                          .clock_rate = 90'000,
                                          .rtx_ssrc = 2,
                                          .rtx_payload_type = 97,
                                          .extensions = {.transport_seq = 5},
                                          .first_sequence = 20});
  ASSERT_TRUE(sender.Send({.payload = Bytes(100, 0x10)}, kStart).has_value());
  session_.Poll(kStart, sink_);
  const SequenceNumber lost[] = {20};
  sender.OnNack(lost, kStart + 40ms);
  session_.Poll(kStart + 40ms, sink_);
  ASSERT_EQ(sink_.rtp.size(), 2U);
  EXPECT_EQ(ParseRtpPacket(sink_.rtp[1])->header.ssrc, 2U);
  EXPECT_THAT(ParseRtpPacket(sink_.rtp[0])->extension(5), ElementsAre(0, 1));
  EXPECT_THAT(ParseRtpPacket(sink_.rtp[1])->extension(5), ElementsAre(0, 2));
}

TEST_F(RtpSessionTest, AnswersReferenceTimeWithItsDelay) {
  const std::uint8_t rrtr[] = {0x80, 207, 0x00, 0x04, 0,    0,    0,    9, 4, 0,
                               0,    2,   0xb4, 0x4d, 0xb7, 0x05, 0x20, 0, 0, 0};
  Receive(rrtr, 10ms);
  EXPECT_EQ(session_.NextDeadline(), kStart + 10ms);
  session_.Poll(kStart + 260ms, sink_);
  ASSERT_EQ(sink_.rtcp.size(), 1U);
  Bytes expected;
  const DlrrEntry entries[] = {{.ssrc = 9, .last_rr = 0xb7052000, .delay = 0x4000}};
  AppendDlrr(expected, kAudioSsrc, entries);
  EXPECT_EQ(sink_.rtcp[0], expected);
  session_.Poll(kStart + 261ms, sink_);
  EXPECT_EQ(sink_.rtcp.size(), 1U);
}

TEST_F(RtpSessionTest, TakesReportsBesideTransportFeedback) {
  SendVideo(0ms, 100);
  session_.Poll(kStart, sink_);
  const std::uint8_t datagram[] = {
      0x81, 201,  0x00, 0x07, 0, 0, 0, 1, 0x0b, 0x0b, 0x0b, 0x0b,  // RR
      0x80, 0,    0,    0,    0, 0, 0, 0, 0,    0,    0,    0,     //
      0,    0,    0,    0,    0, 0, 0, 0,                          //
      0x8f, 205,  0x00, 0x05, 0, 0, 0, 1, 0x0b, 0x0b, 0x0b, 0x0b,  // TWCC
      0x00, 0x01, 0x00, 0x01, 0, 0, 0, 0, 0x20, 0x01, 0x04, 0x00,  // number 1 arrived
  };
  Receive(datagram, 50ms);
  EXPECT_FALSE(session_.uplink().has_value()) << "one packet that arrives is no congestion";
  EXPECT_DOUBLE_EQ(video_->stats().fraction_lost, 0.5);
}

TEST_F(RtpSessionTest, StaysUsableAfterGarbage) {
  EXPECT_FALSE(session_.ReceiveRtcp(Bytes{0x80, 201, 0xff, 0xff}, kStart).has_value());
  SendVideo(0ms, 100);
  session_.Poll(kStart, sink_);
  EXPECT_EQ(sink_.rtp.size(), 1U);
}

TEST_F(RtpSessionTest, AllocatesNoPacketOnceTheHistoryIsFull) {
  for (int i = 0; i < 200; ++i) {
    const SessionTime at = i * 20ms;
    SendVideo(at, 3000);
    session_.Poll(kStart + at + 20ms, sink_);
  }
  // 1.5 s of history at 150 packets a second; the pool keeps what expired.
  EXPECT_EQ(video_->stats().packets, 600U);
  EXPECT_LE(session_.pool().in_use() + session_.pool().spare(), 240U);
}

TEST_F(RtpSessionTest, FallsSilentForARemovedSender) {
  SendVideo(0ms, 100);
  session_.RemoveSender(kVideoSsrc);
  session_.Poll(kStart + 200ms, sink_);
  EXPECT_EQ(sink_.rtp.size(), 1U);
  EXPECT_THAT(sink_.rtcp, IsEmpty());
  EXPECT_FALSE(session_.NextDeadline());
  EXPECT_EQ(session_.FindSender(kVideoSsrc), nullptr);
  EXPECT_EQ(session_.pool().in_use(), 0U);
}

TEST_F(RtpSessionTest, IdentifiesAgainAfterARestart) {
  SendVideo(0ms, 100);
  session_.Poll(kStart, sink_);
  video_->OnReportBlock({.ssrc = kVideoSsrc}, kStart + 1s);
  SendVideo(6s, 100);
  session_.Poll(kStart + 6s, sink_);
  EXPECT_TRUE(ParseRtpPacket(sink_.rtp.back())->extension(2).empty());
  session_.OnTransportRestart();
  SendVideo(7s, 100);
  session_.Poll(kStart + 7s, sink_);
  EXPECT_EQ(AsText(ParseRtpPacket(sink_.rtp.back())->extension(2)), "q");
}

}  // namespace
}  // namespace ingress::rtp
