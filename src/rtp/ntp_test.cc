#include "rtp/ntp.h"

#include <gtest/gtest.h>

namespace ingress::rtp {
namespace {

using namespace std::chrono_literals;

constexpr WallTime At(std::chrono::nanoseconds since_1970) {
  return WallTime(std::chrono::duration_cast<WallClock::duration>(since_1970));
}

TEST(NtpTimeTest, CountsFrom1900) {
  EXPECT_EQ(ToNtp(At(0s)).value, 0x83aa7e80'00000000U);  // RFC 5905 figure 4
  EXPECT_EQ(ToNtp(At(500ms)).value, 0x83aa7e80'80000000U);
}

TEST(NtpTimeTest, ExampleFromRFC3550Section641) {
  const WallTime time =
      std::chrono::sys_days{std::chrono::November / 10 / 1995} + 11h + 33min + 25s + 125ms;
  EXPECT_EQ(ToNtp(time).value, 0xb44db705'20000000U);
  EXPECT_EQ(ToNtp(time).middle(), 0xb7052000U);
}

TEST(NtpTimeTest, WrapsIntoTheEraOf2036) {
  const WallTime rollover =
      std::chrono::sys_days{std::chrono::February / 7 / 2036} + 6h + 28min + 16s;
  EXPECT_EQ(ToNtp(rollover).value, 0U);
}

TEST(NtpTimeTest, ConvertsDurationsAndSaturates) {
  EXPECT_EQ(ToCompactNtp(5250ms), 0x00054000U);  // RFC 3550 §6.4.1
  EXPECT_EQ(FromCompactNtp(0x00062000), 6125ms);
  EXPECT_EQ(ToCompactNtp(-1ms), 0U);
  EXPECT_EQ(ToCompactNtp(65536s), 0xffffffffU);
  EXPECT_EQ(ToCompactNtp(65535s), 0xffff0000U);
}

}  // namespace
}  // namespace ingress::rtp
