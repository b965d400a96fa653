#include "net/tls_begin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ingress::net {
namespace {

using ::testing::HasSubstr;

const Bytes kHello = {22, 3, 1, 2, 0, 1, 0, 0x01, 0xFC, 3, 3, 99, 99};

TEST(TlsBeginTest, TakesAClientHelloInAnyPieces) {
  TlsBegin whole;
  EXPECT_TRUE(whole.Add(kHello));
  TlsBegin pieces;
  for (const std::uint8_t& byte : kHello) EXPECT_TRUE(pieces.Add(ByteView(&byte, 1)));
  EXPECT_EQ(pieces.first_byte(), 22);
}

/// A ClientHello of `length` bytes, in records of at most `record` bytes.
Bytes HelloOf(std::size_t length, std::size_t record) {
  Bytes message = {1, 0, static_cast<std::uint8_t>(length >> 8U),
                   static_cast<std::uint8_t>(length & 0xFFU)};
  message.resize(message.size() + length);
  Bytes out;
  for (ByteView rest = message; !rest.empty();) {
    const ByteView part = rest.first(std::min(rest.size(), record));
    rest = rest.subspan(part.size());
    const Bytes head = {22, 3, 1, static_cast<std::uint8_t>(part.size() >> 8U),
                        static_cast<std::uint8_t>(part.size() & 0xFFU)};
    out.insert(out.end(), head.begin(), head.end());
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

TEST(TlsBeginTest, KnowsWhenTheHelloIsWhole) {
  for (const std::size_t record : {3U, 100U, 16'384U}) {
    const Bytes hello = HelloOf(300, record);
    TlsBegin begin;
    for (std::size_t i = 0; i < hello.size(); ++i) {
      EXPECT_FALSE(begin.whole()) << i;
      ASSERT_TRUE(begin.Add(ByteView(hello).subspan(i, 1)));
    }
    EXPECT_TRUE(begin.whole());
    EXPECT_EQ(Bytes(begin.bytes().begin(), begin.bytes().end()), hello);
    const Bytes more = {20, 3, 3, 0, 0};
    EXPECT_TRUE(begin.Add(more)) << "what follows is not its matter";
    EXPECT_EQ(begin.bytes().size(), hello.size() + more.size());
  }
}

TEST(TlsBeginTest, KeepsNoMoreThanHasCome) {
  TlsBegin begin;
  ASSERT_TRUE(begin.Add(Bytes{22, 3, 1, 2, 0, 1, 0, 0x01, 0xFC}));
  EXPECT_LE(begin.memory(), 16U);
  begin.Forget();
  EXPECT_EQ(begin.memory(), 0U);
}

TEST(TlsBeginTest, RefusesAHelloInTooManyRecordsAndEmptyOnes) {
  TlsBegin endless;
  const Bytes hello = HelloOf(TlsBegin::kMaxHello, 1);
  const auto refused = endless.Add(ByteView(hello).first(TlsBegin::kMaxBytes + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
  const auto empty = TlsBegin().Add(Bytes{22, 3, 1, 0, 0});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, ErrorCode::kMalformed);
}

TEST(TlsBeginTest, RefusesOtherProtocols) {
  TlsBegin rtmp;
  const auto looked = rtmp.Add(Bytes{3, 0, 0});
  ASSERT_FALSE(looked);
  EXPECT_THAT(looked.error().context, HasSubstr("not TLS, the first byte is 3"));
  EXPECT_EQ(rtmp.first_byte(), 3);
  EXPECT_FALSE(rtmp.Add(kHello)) << "the first error stays";
  EXPECT_FALSE(TlsBegin().Add(Bytes{22, 2}));
  EXPECT_FALSE(TlsBegin().Add(Bytes{22, 3, 3, 0, 40, 2}));
  EXPECT_EQ(TlsBegin().first_byte(), std::nullopt);
}

TEST(TlsBeginTest, RefusesAHelloThatIsTooLong) {
  EXPECT_TRUE(TlsBegin().Add(Bytes{22, 3, 1, 2, 0, 1, 0, 0x40, 0x00}));
  const auto looked = TlsBegin().Add(Bytes{22, 3, 1, 2, 0, 1, 0, 0x40, 0x01});
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::net
