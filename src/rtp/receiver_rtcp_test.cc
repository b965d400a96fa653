#include "rtp/receiver_rtcp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace ingress::rtp {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

template <typename T>
T Only(ByteView datagram) {
  const auto messages = ParseRtcp(datagram);
  if (!messages || messages->size() != 1 || !std::holds_alternative<T>(messages->front())) {
    ADD_FAILURE() << "not exactly one message of the type";
    return {};
  }
  return std::get<T>(messages->front());
}

TEST(AppendReceiverReportTest, WritesBlocksAndCname) {
  const ReportBlock block{.ssrc = 0x01020304,
                          .fraction_lost = 64,
                          .cumulative_lost = -2,
                          .highest_sequence = 0x1ffff,
                          .jitter = 42,
                          .last_sr = 0xb7052000,
                          .delay_since_last_sr = 0x54000};
  Bytes out;
  AppendReceiverReport(out, 0x11223344, {&block, 1}, "c");
  EXPECT_THAT(out, ElementsAre(0x81, 201, 0x00, 0x07,   // V=2, one block, RR, 7 words follow
                               0x11, 0x22, 0x33, 0x44,  //
                               0x01, 0x02, 0x03, 0x04,  //
                               0x40, 0xff, 0xff, 0xfe,  // a quarter lost, -2 in total
                               0x00, 0x01, 0xff, 0xff,  //
                               0x00, 0x00, 0x00, 0x2a,  //
                               0xb7, 0x05, 0x20, 0x00,  //
                               0x00, 0x05, 0x40, 0x00,  //
                               0x81, 202, 0x00, 0x02,   // SDES
                               0x11, 0x22, 0x33, 0x44,  //
                               1, 1, 'c', 0));
}

TEST(AppendReceiverReportTest, IsAReportWithoutBlocksToo) {
  Bytes out;
  AppendReceiverReport(out, 1, {}, "");
  EXPECT_EQ(out[0], 0x80);
  const auto messages = ParseRtcp(out);
  ASSERT_TRUE(messages.has_value());
  EXPECT_THAT(*messages, IsEmpty());
}

TEST(AppendReferenceTimeTest, IsReadAsItWas) {
  Bytes out;
  AppendReferenceTime(out, {.sender_ssrc = 5, .ntp = {0xb44db70520000001}});
  const auto time = Only<ReceiverReferenceTime>(out);
  EXPECT_EQ(time.sender_ssrc, 5U);
  EXPECT_EQ(time.ntp.value, 0xb44db70520000001);
}

TEST(AppendGenericNackTest, NamesSixteenMoreWithEachEntry) {
  Bytes out;
  AppendGenericNack(out, {.sender_ssrc = 1, .media_ssrc = 2, .lost = {65534, 65535, 14, 15, 200}});
  EXPECT_THAT(out, ElementsAre(0x81, 205, 0x00, 0x05,   // three entries
                               0, 0, 0, 1, 0, 0, 0, 2,  //
                               0xff, 0xfe, 0x80, 0x01,  // 65534; 65535 and, 16 after it, 14
                               0x00, 0x0f, 0x00, 0x00,  // 15 is 17 after it
                               0x00, 0xc8, 0x00, 0x00));
  EXPECT_THAT(Only<GenericNack>(out).lost, ElementsAre(65534, 65535, 14, 15, 200));
}

TEST(AppendGenericNackTest, WritesNothingWhenNothingIsLost) {
  Bytes out;
  AppendGenericNack(out, {.sender_ssrc = 1, .media_ssrc = 2});
  EXPECT_THAT(out, IsEmpty());
}

TEST(AppendKeyFrameRequestTest, AreReadAsTheyWere) {
  Bytes pli;
  AppendPictureLoss(pli, {.sender_ssrc = 1, .media_ssrc = 2});
  EXPECT_EQ(Only<PictureLoss>(pli).media_ssrc, 2U);
  Bytes fir;
  AppendFullIntra(fir, {.sender_ssrc = 1, .media_ssrc = 2, .command_sequence = 9});
  EXPECT_EQ(Only<FullIntraRequest>(fir).media_ssrc, 2U);
  EXPECT_EQ(Only<FullIntraRequest>(fir).command_sequence, 9);
}

TEST(AppendMaxBitrateTest, RoundsDownToItsMantissa) {
  for (const std::uint64_t bitrate : {0ULL, 262'143ULL, 2'500'000ULL, 123'456'789'012ULL}) {
    Bytes out;
    AppendMaxBitrate(out, {.sender_ssrc = 1, .bitrate = bitrate, .ssrcs = {2, 3}});
    const auto remb = Only<MaxBitrate>(out);
    EXPECT_LE(remb.bitrate, bitrate);
    EXPECT_GE(static_cast<double>(remb.bitrate), static_cast<double>(bitrate) * 0.99999);
    EXPECT_THAT(remb.ssrcs, ElementsAre(2, 3));
  }
}

std::vector<std::pair<bool, std::chrono::microseconds>> StatusesOf(
    const TransportFeedback& feedback) {
  std::vector<std::pair<bool, std::chrono::microseconds>> out;
  for (const auto& packet : feedback.packets) {
    out.emplace_back(packet.received, packet.received ? packet.arrival : 0us);
  }
  return out;
}

TEST(AppendTransportFeedbackTest, WritesAsTheDraftShows) {
  TransportFeedback feedback{.sender_ssrc = 1, .media_ssrc = 2, .count = 3};
  feedback.packets = {{.sequence = 0xffff, .received = true, .arrival = 128'500us},
                      {.sequence = 0},
                      {.sequence = 1, .received = true, .arrival = 129'000us}};
  Bytes out;
  AppendTransportFeedback(out, feedback);
  EXPECT_THAT(out, ElementsAre(0x8f, 205, 0x00, 0x05,   // format 15
                               0, 0, 0, 1, 0, 0, 0, 2,  //
                               0xff, 0xff, 0x00, 0x03,  // base, three packets
                               0x00, 0x00, 0x02, 0x03,  // 2 × 64 ms, feedback 3
                               0xa8, 0x00, 2, 2));      // 1 0 1 in one bit each; deltas
}

TEST(AppendTransportFeedbackTest, IsReadAsItWas) {
  std::mt19937 random(19);
  const auto below = [&random](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  for (int round = 0; round < 500; ++round) {
    TransportFeedback feedback{.sender_ssrc = 1, .media_ssrc = 2};
    std::chrono::microseconds arrival = 250us * below(10'000'000);
    const unsigned loss = below(100);
    const unsigned count = 1 + below(120);
    for (unsigned i = 0; i < count; ++i) {
      const bool received = i + 1 == count || below(100) >= loss;
      if (received && i > 0) {
        const auto step = 250us * static_cast<int>(below(round % 2 == 0 ? 200 : 30'000));
        const bool back = below(8) == 0 && arrival > step;
        arrival += back ? -step : step;
      }
      feedback.packets.push_back({.sequence = static_cast<std::uint16_t>(65'500 + i),
                                  .received = received,
                                  .arrival = received ? arrival : 0us});
    }
    Bytes out;
    AppendTransportFeedback(out, feedback);
    const auto read = Only<TransportFeedback>(out);
    ASSERT_EQ(read.packets.front().sequence, 65'500);
    ASSERT_THAT(StatusesOf(read), ElementsAreArray(StatusesOf(feedback))) << "round " << round;
  }
}

TEST(AppendTransportFeedbackTest, WritesLongRunsInOneChunk) {
  TransportFeedback feedback;
  for (std::uint16_t i = 0; i < 1000; ++i) {
    const bool received = i == 0 || i == 999;
    feedback.packets.push_back(
        {.sequence = i, .received = received, .arrival = received ? 1'000us : 0us});
  }
  Bytes out;
  AppendTransportFeedback(out, feedback);
  EXPECT_THAT(out, SizeIs(12 + 8 + 3 * 2 + 2));
  EXPECT_EQ(Only<TransportFeedback>(out).packets.size(), 1000U);
}

}  // namespace
}  // namespace ingress::rtp
