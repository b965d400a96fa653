#include "net/tls_begin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::net {
namespace {

using ::testing::HasSubstr;

const Bytes kHello = {22, 3, 1, 2, 0, 1, 0, 0x01, 0xFC, 3, 3, 99, 99};

TEST(TlsBeginTest, TakesAClientHelloInAnyPieces) {
  TlsBegin whole;
  EXPECT_TRUE(whole.Look(kHello));
  TlsBegin pieces;
  for (const std::uint8_t& byte : kHello) EXPECT_TRUE(pieces.Look(ByteView(&byte, 1)));
  EXPECT_EQ(pieces.first_byte(), 22);
}

TEST(TlsBeginTest, RefusesOtherProtocols) {
  TlsBegin rtmp;
  const auto looked = rtmp.Look(Bytes{3, 0, 0});
  ASSERT_FALSE(looked);
  EXPECT_THAT(looked.error().context, HasSubstr("not TLS, the first byte is 3"));
  EXPECT_EQ(rtmp.first_byte(), 3);
  EXPECT_FALSE(rtmp.Look(kHello)) << "the first error stays";
  EXPECT_FALSE(TlsBegin().Look(Bytes{22, 2}));
  EXPECT_FALSE(TlsBegin().Look(Bytes{22, 3, 3, 0, 40, 2}));
  EXPECT_EQ(TlsBegin().first_byte(), std::nullopt);
}

TEST(TlsBeginTest, RefusesAHelloThatIsTooLong) {
  EXPECT_TRUE(TlsBegin().Look(Bytes{22, 3, 1, 2, 0, 1, 0, 0x40, 0x00}));
  const auto looked = TlsBegin().Look(Bytes{22, 3, 1, 2, 0, 1, 0, 0x40, 0x01});
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::net
