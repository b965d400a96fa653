#include "srtp/index.h"

#include <gtest/gtest.h>

namespace ingress::srtp {
namespace {

TEST(GuessIndexTest, StaysInTheCycleOfANearSequenceNumber) {
  EXPECT_EQ(GuessIndex(0x20005, 0x0006), 0x20006U);
  EXPECT_EQ(GuessIndex(0x20005, 0x0002), 0x20002U);
  EXPECT_EQ(GuessIndex(0x20005, 0x0005), 0x20005U);
}

TEST(GuessIndexTest, CrossesTheWrapInBothDirections) {
  EXPECT_EQ(GuessIndex(0x2ffff, 0x0000), 0x30000U);
  EXPECT_EQ(GuessIndex(0x30001, 0xfffe), 0x2fffeU);
}

// RFC 3711 §3.3.1 compares with "greater than": exactly half a cycle away is the same cycle.
TEST(GuessIndexTest, StaysInTheCycleAtExactlyHalfOfIt) {
  EXPECT_EQ(GuessIndex(0x21000, 0x9000), 0x29000U);
  EXPECT_EQ(GuessIndex(0x21000, 0x9001), 0x19001U);
  EXPECT_EQ(GuessIndex(0x29000, 0x1000), 0x21000U);
  EXPECT_EQ(GuessIndex(0x29000, 0x0fff), 0x30fffU);
}

TEST(GuessIndexTest, KnowsNothingBeforeTheFirstCycle) { EXPECT_EQ(GuessIndex(5, 0xfffe), 0xfffeU); }

}  // namespace
}  // namespace ingress::srtp
