#include "rtp/vp8_packetizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::rtp {
namespace {

using ::testing::ElementsAre;

std::vector<Bytes> Packetize(Vp8Packetizer& packetizer, ByteView frame) {
  std::vector<Bytes> payloads(packetizer.Start(frame).value());
  for (Bytes& payload : payloads) {
    payload.resize(64);
    payload.resize(packetizer.WriteNext(payload));
  }
  return payloads;
}

TEST(Vp8PacketizerTest, MarksOnlyTheFirstPayloadAsStart) {
  Vp8Packetizer packetizer(7, 0x1234);
  const Bytes frame = {0x10, 1, 2, 3, 4};
  EXPECT_THAT(Packetize(packetizer, frame),
              ElementsAre(ElementsAre(0x90, 0x80, 0x92, 0x34, 0x10, 1, 2),  // X S, I, M + 0x1234
                          ElementsAre(0x80, 0x80, 0x92, 0x34, 3, 4)));      // X
}

TEST(Vp8PacketizerTest, CountsFramesIn15Bits) {
  Vp8Packetizer packetizer(64, 0x7fff);
  const Bytes frame = {0x10};
  EXPECT_THAT(Packetize(packetizer, frame), ElementsAre(ElementsAre(0x90, 0x80, 0xff, 0xff, 0x10)));
  EXPECT_THAT(Packetize(packetizer, frame), ElementsAre(ElementsAre(0x90, 0x80, 0x80, 0x00, 0x10)));
}

TEST(Vp8PacketizerTest, CutsIntoEqualPayloads) {
  Vp8Packetizer packetizer(10, 0);  // 6 bytes of the frame a payload
  const auto payloads = Packetize(packetizer, Bytes(13, 0x55));
  ASSERT_EQ(payloads.size(), 3U);
  EXPECT_EQ(payloads[0].size() - 4, 5U);
  EXPECT_EQ(payloads[1].size() - 4, 4U);
  EXPECT_EQ(payloads[2].size() - 4, 4U);
}

TEST(Vp8PacketizerTest, RefusesEmptyAndOversizedFramesWithoutUsingANumber) {
  Vp8Packetizer packetizer(64, 5);
  EXPECT_EQ(packetizer.Start({}).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(packetizer.Start(Bytes(kMaxFrameSize + 1)).error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(Packetize(packetizer, Bytes{0x10})[0][3], 5);
}

}  // namespace
}  // namespace ingress::rtp
