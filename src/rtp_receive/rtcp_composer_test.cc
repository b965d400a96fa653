#include "rtp_receive/rtcp_composer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rtp/receiver_rtcp.h"

namespace ingress::rtp_receive {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint8_t kReceiverReport = 201;
constexpr std::uint8_t kPayloadFeedback = 206;

Bytes PictureLoss() {
  Bytes out;
  rtp::AppendPictureLoss(out, {.sender_ssrc = 1, .media_ssrc = 2});
  return out;
}

TEST(ComposeRtcpTest, SendsNothingWhenNothingIsDue) {
  EXPECT_THAT(ComposeRtcp({.ssrc = 1}, std::nullopt, {}), IsEmpty());
}

TEST(ComposeRtcpTest, BeginsEachDatagramWithAReport) {
  const std::vector<Bytes> feedback(150, PictureLoss());
  const auto datagrams = ComposeRtcp({.ssrc = 1, .cname = "c"}, std::nullopt, feedback);
  EXPECT_THAT(datagrams, SizeIs(2));
  std::size_t messages = 0;
  for (const Bytes& datagram : datagrams) {
    EXPECT_EQ(datagram[1], kReceiverReport);
    EXPECT_LE(datagram.size(), kMaxRtcpDatagram);
    messages += (datagram.size() - 8 - 12) / PictureLoss().size();
  }
  EXPECT_EQ(messages, 150U);
}

TEST(ComposeRtcpTest, SendsFeedbackAloneWhereThatWasAgreedOn) {
  const std::vector<Bytes> feedback = {PictureLoss()};
  const auto datagrams = ComposeRtcp({.ssrc = 1, .reduced_size = true}, std::nullopt, feedback);
  ASSERT_THAT(datagrams, SizeIs(1));
  EXPECT_EQ(datagrams[0][1], kPayloadFeedback);
}

TEST(ComposeRtcpTest, SendsFeedbackWithAReportThatIsDueUnlessItMayStandAlone) {
  const std::vector<Bytes> feedback = {PictureLoss()};
  const std::vector<rtp::ReportBlock> blocks(2);
  const auto together = ComposeRtcp({.ssrc = 1, .cname = "c"}, blocks, feedback);
  ASSERT_THAT(together, SizeIs(1));
  const auto messages = rtp::ParseRtcp(together[0]);
  ASSERT_TRUE(messages.has_value());
  EXPECT_THAT(*messages, SizeIs(3));
  const auto apart = ComposeRtcp({.ssrc = 1, .cname = "c", .reduced_size = true}, blocks, feedback);
  ASSERT_THAT(apart, SizeIs(2));
  EXPECT_EQ(apart[0][1], kReceiverReport);
  EXPECT_EQ(apart[1][1], kPayloadFeedback);
}

TEST(ComposeRtcpTest, SendsAPacketThatIsLargerThanADatagramShouldBe) {
  const std::vector<Bytes> feedback = {Bytes(1'300), PictureLoss()};
  EXPECT_THAT(ComposeRtcp({.ssrc = 1, .reduced_size = true}, std::nullopt, feedback), SizeIs(2));
}

}  // namespace
}  // namespace ingress::rtp_receive
