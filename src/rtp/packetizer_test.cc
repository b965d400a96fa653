#include "rtp/packetizer.h"

#include <gtest/gtest.h>

#include <vector>

namespace ingress::rtp {
namespace {

TEST(OpusPacketizerTest, SendsAPacketAsOnePayload) {
  OpusPacketizer packetizer(4);
  const Bytes frame = {0xf8, 1, 2, 3};
  ASSERT_EQ(packetizer.Start(frame).value(), 1U);
  Bytes out(4);
  EXPECT_EQ(packetizer.WriteNext(out), 4U);
  EXPECT_EQ(out, frame);
  EXPECT_EQ(packetizer.Start({}).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(packetizer.Start(Bytes(5)).error().code, ErrorCode::kLimitExceeded);
}

TEST(OpusPacketizerTest, KnowsNoUnits) {
  OpusPacketizer packetizer(4);
  const Bytes frame = {0xf8, 1, 2, 3};
  EXPECT_EQ(packetizer.StartUnits(frame, {}).value(), 1U);
  const std::vector<ByteView> units = {frame};
  EXPECT_EQ(packetizer.StartUnits({}, units).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace ingress::rtp
