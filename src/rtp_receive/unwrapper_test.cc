#include "rtp_receive/unwrapper.h"

#include <gtest/gtest.h>

namespace ingress::rtp_receive {
namespace {

TEST(UnwrapperTest, GoesOnAcrossTheWrapBothWays) {
  Unwrapper<std::uint16_t> unwrapper;
  const std::int64_t first = unwrapper.Unwrap(65'530);
  EXPECT_EQ(unwrapper.Unwrap(5), first + 11);
  EXPECT_EQ(unwrapper.Unwrap(65'520), first - 10);
  EXPECT_EQ(unwrapper.Unwrap(65'531), first + 1);
}

TEST(UnwrapperTest, IsNeverNegative) {
  Unwrapper<std::uint32_t> unwrapper;
  unwrapper.Unwrap(0);
  EXPECT_GE(unwrapper.Unwrap(0xffffffff), 0);
}

TEST(UnwrapperTest, CountsManyWraps) {
  Unwrapper<std::uint32_t> unwrapper;
  std::uint32_t value = 7;
  const std::int64_t first = unwrapper.Unwrap(value);
  constexpr std::uint32_t kStep = 1U << 30;
  for (int i = 0; i < 40; ++i) unwrapper.Unwrap(value += kStep);
  EXPECT_EQ(unwrapper.Unwrap(value), first + std::int64_t{40} * kStep);
}

}  // namespace
}  // namespace ingress::rtp_receive
