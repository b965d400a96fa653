#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rtp/rtcp.h"

namespace ingress::rtp {
namespace {

using namespace std::chrono_literals;
using ::testing::SizeIs;

TEST(ParseTransportFeedbackTest, ReadsTwoBitVectorAndDeltas) {
  const std::uint8_t body[] = {
      0xff, 0xfe,        // base sequence number 65534
      0x00, 0x05,        // five packets
      0x00, 0x00, 0x02,  // reference time 2 × 64 ms
      0x07,              // feedback packet 7
      0xd8, 0x50,        // 11, then 01 10 00 01 01 (00 00): small, large, lost, small, small
      0x04,              // +1 ms
      0xff, 0xfc,        // -1 ms
      0x08,              // +2 ms
      0x00,              // +0 ms
      0x00,              // padding
  };
  const auto feedback = ParseTransportFeedback(body);
  ASSERT_TRUE(feedback.has_value());
  EXPECT_EQ(feedback->count, 7);
  ASSERT_THAT(feedback->packets, SizeIs(5));
  EXPECT_EQ(feedback->packets[0].sequence, 65534);
  EXPECT_EQ(feedback->packets[0].arrival, 129ms);
  EXPECT_EQ(feedback->packets[1].sequence, 65535);
  EXPECT_EQ(feedback->packets[1].arrival, 128ms);
  EXPECT_EQ(feedback->packets[2].sequence, 0);
  EXPECT_FALSE(feedback->packets[2].received);
  EXPECT_EQ(feedback->packets[3].arrival, 130ms);
  EXPECT_EQ(feedback->packets[4].arrival, 130ms);
}

// The run of "packet not received" that the draft shows in section 3.1.3.
TEST(ParseTransportFeedbackTest, ReadsRunOf221LostPackets) {
  const std::uint8_t body[] = {0x00, 0x01, 0x00, 0xdd, 0x00, 0x00, 0x00, 0x00, 0x00, 0xdd};
  const auto feedback = ParseTransportFeedback(body);
  ASSERT_TRUE(feedback.has_value());
  ASSERT_THAT(feedback->packets, SizeIs(221));
  EXPECT_FALSE(feedback->packets.back().received);
}

// The one-bit vector of section 3.1.4: one lost, five received, three lost, three received, two
// lost.
TEST(ParseTransportFeedbackTest, ReadsOneBitVector) {
  const std::uint8_t body[] = {0x00, 0x00, 0x00, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9f,
                               0x1c, 1,    1,    1,    1,    1,    1,    1,    1};
  const auto feedback = ParseTransportFeedback(body);
  ASSERT_TRUE(feedback.has_value());
  std::string seen;
  for (const auto& packet : feedback->packets) seen += packet.received ? '1' : '0';
  EXPECT_EQ(seen, "01111100011100");
  EXPECT_EQ(feedback->packets[11].arrival, 2ms);  // eight steps of 250 µs
}

TEST(ParseTransportFeedbackTest, IgnoresSymbolsBeyondTheCount) {
  const std::uint8_t body[] = {0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x3f, 0xff, 0x01};
  const auto feedback = ParseTransportFeedback(body);
  ASSERT_TRUE(feedback.has_value());
  EXPECT_THAT(feedback->packets, SizeIs(1));
}

TEST(ParseTransportFeedbackTest, RejectsWhatIsCutShort) {
  const std::uint8_t body[] = {0, 0, 0, 2, 0, 0, 0, 0, 0x40, 0x02, 0x00, 0x01, 0x00, 0x01};
  EXPECT_TRUE(ParseTransportFeedback(body).has_value());
  for (std::size_t size = 0; size < sizeof(body); ++size) {
    const auto feedback = ParseTransportFeedback(ByteView(body).first(size));
    ASSERT_FALSE(feedback.has_value()) << size;
    EXPECT_EQ(feedback.error().code, ErrorCode::kMalformed);
  }
}

TEST(ParseTransportFeedbackTest, RejectsReservedSymbolAndTooManyPackets) {
  const std::uint8_t reserved[] = {0, 0, 0, 1, 0, 0, 0, 0, 0x60, 0x01, 0x00};
  EXPECT_EQ(ParseTransportFeedback(reserved).error().code, ErrorCode::kMalformed);
  const std::uint8_t many[] = {0, 0, 0xff, 0xff, 0, 0, 0, 0, 0x1f, 0xff};
  EXPECT_EQ(ParseTransportFeedback(many).error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::rtp
