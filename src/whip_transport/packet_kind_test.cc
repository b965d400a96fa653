#include "whip_transport/packet_kind.h"

#include <gtest/gtest.h>

namespace ingress::whip_transport {
namespace {

TEST(PacketKindTest, GoesByTheFirstTwoBytes) {
  struct Case {
    Bytes packet;
    PacketKind kind;
  };
  const Case cases[] = {
      {{}, PacketKind::kUnknown},         {{0}, PacketKind::kUnknown},
      {{0, 1}, PacketKind::kStun},        {{3, 0}, PacketKind::kStun},
      {{4, 0}, PacketKind::kUnknown},     {{19, 0}, PacketKind::kUnknown},
      {{20, 254}, PacketKind::kDtls},     {{63, 254}, PacketKind::kDtls},
      {{64, 0}, PacketKind::kUnknown},    {{127, 0}, PacketKind::kUnknown},
      {{128, 96}, PacketKind::kRtp},      {{191, 0xe0}, PacketKind::kRtp},
      {{128, 191}, PacketKind::kRtp},     {{128, 192}, PacketKind::kRtcp},
      {{144, 223}, PacketKind::kRtcp},    {{128, 224}, PacketKind::kRtp},
      {{192, 200}, PacketKind::kUnknown},
  };
  for (const Case& c : cases)
    EXPECT_EQ(KindOf(c.packet), c.kind) << testing::PrintToString(c.packet);
}

}  // namespace
}  // namespace ingress::whip_transport
