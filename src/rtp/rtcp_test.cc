#include "rtp/rtcp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::rtp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

template <typename T>
T Only(ByteView datagram) {
  const auto messages = ParseRtcp(datagram);
  if (!messages || messages->size() != 1 || !std::holds_alternative<T>(messages->front())) {
    ADD_FAILURE() << "not exactly one message of the type";
    return {};
  }
  return std::get<T>(messages->front());
}

ErrorCode CodeOf(ByteView datagram) {
  const auto messages = ParseRtcp(datagram);
  EXPECT_FALSE(messages.has_value());
  return messages ? ErrorCode::kInternal : messages.error().code;
}

TEST(AppendSenderReportTest, WritesReportAndCname) {
  Bytes out;
  AppendSenderReport(out,
                     {.ssrc = 0x11223344,
                      .ntp = {0xb44db70520000000},
                      .rtp_timestamp = 0x0a0b0c0d,
                      .packet_count = 258,
                      .octet_count = 65539},
                     "IN_x");
  EXPECT_THAT(out, ElementsAre(0x80, 200, 0x00, 0x06,   // V=2, SR, 6 words follow
                               0x11, 0x22, 0x33, 0x44,  // SSRC
                               0xb4, 0x4d, 0xb7, 0x05,  // NTP seconds
                               0x20, 0x00, 0x00, 0x00,  // NTP fraction
                               0x0a, 0x0b, 0x0c, 0x0d,  // RTP timestamp
                               0x00, 0x00, 0x01, 0x02,  // packets
                               0x00, 0x01, 0x00, 0x03,  // octets
                               0x81, 202, 0x00, 0x03,   // SDES, one chunk, 3 words follow
                               0x11, 0x22, 0x33, 0x44,  //
                               1, 4, 'I', 'N',          // CNAME, 4 bytes
                               '_', 'x', 0, 0));        // end of items, padding
}

TEST(AppendSenderReportTest, EndsTheItemListWithAtLeastOneZero) {
  for (const std::size_t length : {0, 1, 2, 3, 5, 6, 254, 255, 300}) {
    Bytes out;
    AppendSenderReport(out, {}, std::string(length, 'c'));
    const std::size_t sent = std::min<std::size_t>(length, 255);
    EXPECT_EQ(out.size() % 4, 0U);
    EXPECT_EQ(out.size(), 28 + (out[30] << 8 | out[31]) * 4U + 4) << length;
    EXPECT_EQ(out[37], sent);
    EXPECT_EQ(out.back(), 0);
    EXPECT_LE(out.size() - (38 + sent), 4U);
    EXPECT_TRUE(ParseRtcp(out).has_value());
  }
}

TEST(AppendDlrrTest, WritesOneBlock) {
  Bytes out;
  const DlrrEntry entries[] = {{.ssrc = 0x01020304, .last_rr = 0xb7052000, .delay = 0x00054000}};
  AppendDlrr(out, 0x0a0b0c0d, entries);
  EXPECT_THAT(out, ElementsAre(0x80, 207, 0x00, 0x05,   // XR, 5 words follow
                               0x0a, 0x0b, 0x0c, 0x0d,  // our SSRC
                               5, 0, 0x00, 0x03,        // DLRR, 3 words
                               0x01, 0x02, 0x03, 0x04,  //
                               0xb7, 0x05, 0x20, 0x00,  // LRR
                               0x00, 0x05, 0x40, 0x00));
}

TEST(ParseRtcpTest, ReadsReportBlocksOfReceiverReports) {
  const std::uint8_t datagram[] = {
      0x81, 201,  0x00, 0x07,  // RR, one block
      0x00, 0x00, 0x00, 0x01,  // sender
      0x00, 0x00, 0x00, 0x02,  // about
      0x40, 0xff, 0xff, 0xfe,  // a quarter lost, -2 in total
      0x00, 0x01, 0xff, 0xff,  // highest sequence number, one cycle
      0x00, 0x00, 0x00, 0x2a,  // jitter
      0xb7, 0x05, 0x20, 0x00,  // LSR
      0x00, 0x05, 0x40, 0x00,  // DLSR
  };
  const auto block = Only<ReportBlock>(datagram);
  EXPECT_EQ(block.sender_ssrc, 1U);
  EXPECT_EQ(block.ssrc, 2U);
  EXPECT_EQ(block.fraction_lost, 64);
  EXPECT_EQ(block.cumulative_lost, -2);
  EXPECT_EQ(block.highest_sequence, 0x1ffffU);
  EXPECT_EQ(block.jitter, 42U);
  EXPECT_EQ(block.last_sr, 0xb7052000U);
  EXPECT_EQ(block.delay_since_last_sr, 0x00054000U);
}

TEST(ParseRtcpTest, ReadsReportBlocksOfSenderReports) {
  Bytes datagram = {0x81, 200, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x01};
  datagram.resize(datagram.size() + 20, 0x55);  // sender info
  datagram.insert(datagram.end(), {0x00, 0x00, 0x00, 0x02});
  datagram.resize(52, 0);
  const auto messages = ParseRtcp(datagram);
  ASSERT_TRUE(messages.has_value());
  ASSERT_THAT(*messages, SizeIs(2));
  EXPECT_EQ(std::get<SenderReport>((*messages)[0]).ssrc, 1U);
  EXPECT_EQ(std::get<ReportBlock>((*messages)[1]).ssrc, 2U);
}

TEST(ParseRtcpTest, ReadsTheTimesAndCountsOfSenderReports) {
  const SenderReport sent{.ssrc = 0x11223344,
                          .ntp = {0xb44db70520000000},
                          .rtp_timestamp = 0x0a0b0c0d,
                          .packet_count = 258,
                          .octet_count = 65539};
  Bytes datagram;
  AppendSenderReport(datagram, sent, "c");
  const auto report = Only<SenderReport>(datagram);
  EXPECT_EQ(report.ssrc, sent.ssrc);
  EXPECT_EQ(report.ntp, sent.ntp);
  EXPECT_EQ(report.rtp_timestamp, sent.rtp_timestamp);
  EXPECT_EQ(report.packet_count, sent.packet_count);
  EXPECT_EQ(report.octet_count, sent.octet_count);
}

TEST(ParseRtcpTest, RefusesASenderReportThatIsCutOff) {
  const std::uint8_t datagram[] = {0x80, 200, 0x00, 0x02, 0, 0, 0, 1, 0, 0, 0, 2};
  EXPECT_EQ(CodeOf(datagram), ErrorCode::kMalformed);
}

TEST(ParseRtcpTest, ReadsDelaysSinceOurReferenceTimes) {
  Bytes datagram;
  const DlrrEntry entries[] = {{.ssrc = 7, .last_rr = 0xb7052000, .delay = 0x00054000},
                               {.ssrc = 8, .last_rr = 1, .delay = 2}};
  AppendDlrr(datagram, 9, entries);
  const auto messages = ParseRtcp(datagram);
  ASSERT_TRUE(messages.has_value());
  ASSERT_THAT(*messages, SizeIs(2));
  const auto first = std::get<DlrrEntry>((*messages)[0]);
  EXPECT_EQ(first.ssrc, 7U);
  EXPECT_EQ(first.last_rr, 0xb7052000U);
  EXPECT_EQ(first.delay, 0x00054000U);
  EXPECT_EQ(std::get<DlrrEntry>((*messages)[1]).ssrc, 8U);
  datagram.insert(datagram.end() - 12, {0, 0, 0, 0});  // an entry of one word
  datagram[3] += 1;
  datagram[11] += 1;
  EXPECT_EQ(CodeOf(datagram), ErrorCode::kMalformed);
}

TEST(ParseRtcpTest, ReadsFeedbackOfACompound) {
  const std::uint8_t datagram[] = {
      0x80, 201,  0x00, 0x01, 0x00, 0x00, 0x00, 0x01,  // RR without blocks
      0x81, 205,  0x00, 0x03,                          // Generic NACK
      0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02,  //
      0x00, 0x07, 0x00, 0x01,                          // 7 and 8
      0x81, 206,  0x00, 0x02,                          // PLI
      0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x03,  //
  };
  const auto messages = ParseRtcp(datagram);
  ASSERT_TRUE(messages.has_value());
  ASSERT_THAT(*messages, SizeIs(2));
  EXPECT_EQ(std::get<GenericNack>((*messages)[0]).media_ssrc, 2U);
  EXPECT_THAT(std::get<GenericNack>((*messages)[0]).lost, ElementsAre(7, 8));
  EXPECT_EQ(std::get<PictureLoss>((*messages)[1]).media_ssrc, 3U);
}

TEST(ParseRtcpTest, ReadsEveryEntryOfAFullIntraRequest) {
  const std::uint8_t datagram[] = {
      0x84, 206,  0x00, 0x06,                          // FIR
      0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,  // media SSRC is unused
      0x00, 0x00, 0x00, 0x02, 0x09, 0x00, 0x00, 0x00,  // SSRC 2, request 9
      0x00, 0x00, 0x00, 0x03, 0x0a, 0x00, 0x00, 0x00,
  };
  const auto messages = ParseRtcp(datagram);
  ASSERT_TRUE(messages.has_value());
  ASSERT_THAT(*messages, SizeIs(2));
  EXPECT_EQ(std::get<FullIntraRequest>((*messages)[0]).media_ssrc, 2U);
  EXPECT_EQ(std::get<FullIntraRequest>((*messages)[0]).command_sequence, 9);
  EXPECT_EQ(std::get<FullIntraRequest>((*messages)[1]).media_ssrc, 3U);
}

TEST(ParseRtcpTest, ReadsMaxBitrate) {
  const std::uint8_t datagram[] = {
      0x8f, 206,  0x00, 0x05,                          // application feedback
      0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,  //
      'R',  'E',  'M',  'B',                           //
      0x01, 0x0f, 0xd0, 0x90,                          // 1 SSRC, 0x3d090 << 3
      0x00, 0x00, 0x00, 0x02,
  };
  const auto remb = Only<MaxBitrate>(datagram);
  EXPECT_EQ(remb.bitrate, 2'000'000U);
  EXPECT_THAT(remb.ssrcs, ElementsAre(2));
}

TEST(ParseRtcpTest, SaturatesAnAbsurdMaxBitrate) {
  const std::uint8_t datagram[] = {
      0x8f, 206, 0x00, 0x04, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0x00, 0xff, 0xff, 0xff,
  };
  EXPECT_EQ(Only<MaxBitrate>(datagram).bitrate, ~std::uint64_t{0});
}

TEST(ParseRtcpTest, ReadsReferenceTimeAmongOtherBlocks) {
  const std::uint8_t datagram[] = {
      0x80, 207,  0x00, 0x06,                          // XR
      0x00, 0x00, 0x00, 0x01,                          // sender
      42,   0,    0x00, 0x01, 0xff, 0xff, 0xff, 0xff,  // an unknown block of one word
      4,    0,    0x00, 0x02,                          // RRTR
      0xb4, 0x4d, 0xb7, 0x05, 0x20, 0x00, 0x00, 0x00,
  };
  const auto time = Only<ReceiverReferenceTime>(datagram);
  EXPECT_EQ(time.sender_ssrc, 1U);
  EXPECT_EQ(time.ntp.middle(), 0xb7052000U);
}

TEST(ParseRtcpTest, ReadsGoodbyeWithReason) {
  const std::uint8_t datagram[] = {
      0x82, 203, 0x00, 0x03, 0, 0, 0, 1, 0, 0, 0, 2, 3, 'b', 'y', 'e',
  };
  EXPECT_THAT(Only<Goodbye>(datagram).ssrcs, ElementsAre(1, 2));
}

TEST(ParseRtcpTest, SkipsWhatItDoesNotKnow) {
  const std::uint8_t datagram[] = {
      0x81, 202, 0x00, 0x02, 0,    0,    0,    1,    0,   0,   0,   0,    // SDES
      0x80, 204, 0x00, 0x02, 0,    0,    0,    1,    'n', 'a', 'm', 'e',  // APP
      0x9e, 205, 0x00, 0x02, 0,    0,    0,    1,    0,   0,   0,   2,    // feedback format 30
      0x9e, 206, 0x00, 0x02, 0,    0,    0,    1,    0,   0,   0,   2,    //
      0x8f, 206, 0x00, 0x03, 0,    0,    0,    1,    0,   0,   0,   2,
      'X',  'Y', 'Z',  '0',  0x80, 0xdf, 0x00, 0x00,  // type 223
  };
  const auto messages = ParseRtcp(datagram);
  ASSERT_TRUE(messages.has_value());
  EXPECT_THAT(*messages, IsEmpty());
}

TEST(ParseRtcpTest, StripsPaddingOfTheLastPacket) {
  const std::uint8_t datagram[] = {
      0xa1, 205,  0x00, 0x04,              // P
      0,    0,    0,    1,    0, 0, 0, 2,  //
      0x00, 0x07, 0x00, 0x00,              // one entry
      0,    0,    0,    4,                 // padding
  };
  EXPECT_THAT(Only<GenericNack>(datagram).lost, ElementsAre(7));
}

TEST(ParseRtcpTest, RejectsLengthsThatDoNotFit) {
  const std::uint8_t past_end[] = {0x81, 206, 0x00, 0x03, 0, 0, 0, 1, 0, 0, 0, 2};
  EXPECT_EQ(CodeOf(past_end), ErrorCode::kMalformed);
  const std::uint8_t no_block[] = {0x82, 201, 0x00, 0x01, 0, 0, 0, 1};
  EXPECT_EQ(CodeOf(no_block), ErrorCode::kMalformed);
  const std::uint8_t short_feedback[] = {0x81, 206, 0x00, 0x01, 0, 0, 0, 1};
  EXPECT_EQ(CodeOf(short_feedback), ErrorCode::kMalformed);
  const std::uint8_t empty_nack[] = {0x81, 205, 0x00, 0x02, 0, 0, 0, 1, 0, 0, 0, 2};
  EXPECT_EQ(CodeOf(empty_nack), ErrorCode::kMalformed);
  const std::uint8_t block_past_end[] = {0x80, 207, 0x00, 0x02, 0, 0, 0, 1, 4, 0, 0, 2};
  EXPECT_EQ(CodeOf(block_past_end), ErrorCode::kMalformed);
  const std::uint8_t short_reference[] = {0x80, 207, 0x00, 0x03, 0, 0, 0, 1,
                                          4,    0,   0,    1,    0, 0, 0, 0};
  EXPECT_EQ(CodeOf(short_reference), ErrorCode::kMalformed);
  const std::uint8_t goodbye[] = {0x83, 203, 0x00, 0x01, 0, 0, 0, 1};
  EXPECT_EQ(CodeOf(goodbye), ErrorCode::kMalformed);
  const std::uint8_t remb[] = {0x8f, 206, 0x00, 0x04, 0,   0,   0, 1, 0, 0,
                               0,    0,   'R',  'E',  'M', 'B', 2, 0, 0, 1};
  EXPECT_EQ(CodeOf(remb), ErrorCode::kMalformed);
  const std::uint8_t padding[] = {0xa0, 201, 0x00, 0x01, 0, 0, 0, 9};
  EXPECT_EQ(CodeOf(padding), ErrorCode::kMalformed);
  const std::uint8_t version[] = {0x40, 201, 0x00, 0x01, 0, 0, 0, 1};
  EXPECT_EQ(CodeOf(version), ErrorCode::kMalformed);
  const std::uint8_t half_header[] = {0x80, 201};
  EXPECT_EQ(CodeOf(half_header), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf({}), ErrorCode::kMalformed);
}

TEST(ParseRtcpTest, EnforcesItsLimits) {
  EXPECT_EQ(CodeOf(Bytes(kMaxRtcpSize + 4)), ErrorCode::kLimitExceeded);
  Bytes many;
  for (std::size_t i = 0; i <= kMaxRtcpMessages; ++i) {
    many.insert(many.end(), {0x81, 206, 0x00, 0x02, 0, 0, 0, 1, 0, 0, 0, 2});
  }
  EXPECT_EQ(CodeOf(many), ErrorCode::kLimitExceeded);
}

TEST(IsRtcpTest, TellsRtcpFromRtp) {
  EXPECT_TRUE(IsRtcp(Bytes{0x80, 201, 0, 1}));
  EXPECT_FALSE(IsRtcp(Bytes{0x80, 0xe0, 0, 1}));  // PT 96 with the marker
  EXPECT_FALSE(IsRtcp(Bytes{0x80, 111, 0, 1}));
  EXPECT_FALSE(IsRtcp(Bytes{0x80, 201}));
}

}  // namespace
}  // namespace ingress::rtp
