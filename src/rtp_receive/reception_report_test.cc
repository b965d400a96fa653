#include "rtp_receive/reception_report.h"

#include <gtest/gtest.h>

namespace ingress::rtp_receive {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{1h};
constexpr std::int64_t kFirst = 65'536 + 65'530;  // six before the wrap

TEST(ReceptionReportTest, CountsAKnownPatternOfLoss) {
  ReceptionReport report(7, 90'000);
  EXPECT_FALSE(report.any());
  for (int i = 0; i < 100; ++i) {
    if (i % 4 != 3) report.OnPacket(kFirst + i, 0, kStart);
  }
  report.OnPacket(kFirst + 100, 0, kStart);
  const rtp::ReportBlock block = report.Take(kStart + 1s);
  EXPECT_EQ(block.ssrc, 7U);
  EXPECT_EQ(block.fraction_lost, 25 * 256 / 101);
  EXPECT_EQ(block.cumulative_lost, 25);
  EXPECT_EQ(block.highest_sequence, 65'536U + 94);  // one cycle
  EXPECT_EQ(block.last_sr, 0U);
  EXPECT_EQ(block.delay_since_last_sr, 0U);
}

TEST(ReceptionReportTest, ReportsTheFractionSinceTheLastReport) {
  ReceptionReport report(7, 90'000);
  report.OnPacket(kFirst, 0, kStart);
  report.OnPacket(kFirst + 9, 0, kStart);
  EXPECT_EQ(report.Take(kStart).fraction_lost, 8 * 256 / 10);
  for (int i = 10; i < 20; ++i) report.OnPacket(kFirst + i, 0, kStart);
  const rtp::ReportBlock block = report.Take(kStart);
  EXPECT_EQ(block.fraction_lost, 0);
  EXPECT_EQ(block.cumulative_lost, 8);
}

TEST(ReceptionReportTest, SendsANegativeLossWhenPacketsComeTwice) {
  ReceptionReport report(7, 90'000);
  for (int i = 0; i < 3; ++i) report.OnPacket(kFirst, 0, kStart);
  const rtp::ReportBlock block = report.Take(kStart);
  EXPECT_EQ(block.fraction_lost, 0);
  EXPECT_EQ(block.cumulative_lost, -2);
}

TEST(ReceptionReportTest, SaysWhenTheLastSenderReportCame) {
  ReceptionReport report(7, 90'000);
  report.OnPacket(kFirst, 0, kStart);
  report.OnSenderReport({0xb44db70520000000}, kStart);
  const rtp::ReportBlock block = report.Take(kStart + 1500ms);
  EXPECT_EQ(block.last_sr, 0xb7052000U);
  EXPECT_EQ(block.delay_since_last_sr, 0x18000U);
}

TEST(ReceptionReportTest, MeasuresJitterOfEvenLateness) {
  ReceptionReport report(7, 90'000);
  // Every second packet is 10 ms late: the transit changes by 10 ms each time.
  for (int i = 0; i < 400; ++i) {
    report.OnPacket(kFirst + i, static_cast<std::uint32_t>(i) * 1'800,
                    kStart + i * 20ms + (i % 2 == 0 ? 0ms : 10ms));
  }
  EXPECT_NEAR(static_cast<double>(report.Take(kStart).jitter), 900, 5);
  EXPECT_NEAR(static_cast<double>(report.jitter().count()), 10'000, 50);
}

TEST(ReceptionReportTest, DoesNotTakeAPauseOrAPictureForJitter) {
  ReceptionReport report(7, 90'000);
  report.OnPacket(kFirst, 0, kStart);
  report.OnPacket(kFirst + 1, 0, kStart + 8ms);       // the same picture
  report.OnPacket(kFirst + 2, 3'000, kStart + 5min);  // the clock stood still
  report.OnPacket(kFirst + 3, 6'000, kStart + 5min + 33'333us);
  EXPECT_EQ(report.Take(kStart).jitter, 0U);
}

TEST(ReceptionReportTest, CountsFromARestart) {
  ReceptionReport report(7, 90'000);
  report.OnPacket(kFirst, 0, kStart);
  report.OnRestart();
  report.OnPacket(kFirst + 500'000, 0, kStart);
  const rtp::ReportBlock block = report.Take(kStart);
  EXPECT_EQ(block.cumulative_lost, 0);
  EXPECT_EQ(block.highest_sequence >> 16, 0U);
}

}  // namespace
}  // namespace ingress::rtp_receive
