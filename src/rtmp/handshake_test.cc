#include "rtmp/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace ingress::rtmp {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kReplySize = 1 + 2 * kHandshakeBlockSize;

Bytes C0C1() {
  Bytes bytes = {3};
  for (std::size_t i = 0; i < kHandshakeBlockSize; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(i >= 4 && i < 8 ? 0 : i * 7));
  }
  return bytes;
}

HandshakeBlockView BlockAt(ByteView bytes, std::size_t offset) {
  return bytes.subspan(offset).first<kHandshakeBlockSize>();
}

TEST(HandshakeTest, AnswersOnceC1IsCompleteAndEchoesIt) {
  Handshake handshake;
  Bytes out;
  const Bytes hello = C0C1();
  ByteView input = ByteView(hello).first(hello.size() - 1);
  ASSERT_TRUE(handshake.Receive(input, out));
  EXPECT_TRUE(out.empty());
  input = ByteView(hello).last(1);
  ASSERT_TRUE(handshake.Receive(input, out));
  ASSERT_EQ(out.size(), kReplySize);
  EXPECT_EQ(out[0], 3);
  EXPECT_THAT(std::vector(out.begin() + 5, out.begin() + 9), ::testing::Each(0));  // S1 version
  EXPECT_TRUE(std::ranges::equal(BlockAt(out, 1 + kHandshakeBlockSize), BlockAt(hello, 1)));
  EXPECT_FALSE(handshake.done());
}

TEST(HandshakeTest, PassesOverAnyC2AndLeavesTheChunks) {
  Handshake handshake;
  Bytes out;
  Bytes bytes = C0C1();
  bytes.resize(bytes.size() + kHandshakeBlockSize, 0xEE);
  bytes.push_back(0x02);
  ByteView input = bytes;
  ASSERT_TRUE(handshake.Receive(input, out));
  EXPECT_TRUE(handshake.done());
  ASSERT_EQ(input.size(), 1u);
  EXPECT_EQ(input[0], 0x02);
}

TEST(HandshakeTest, WorksOneByteAtATime) {
  Handshake handshake;
  Bytes out;
  Bytes bytes = C0C1();
  bytes.resize(bytes.size() + kHandshakeBlockSize);
  for (const std::uint8_t& byte : bytes) {
    EXPECT_FALSE(handshake.done());
    ByteView input(&byte, 1);
    ASSERT_TRUE(handshake.Receive(input, out));
    EXPECT_TRUE(input.empty());
  }
  EXPECT_TRUE(handshake.done());
  EXPECT_EQ(out.size(), kReplySize);
}

class HandshakeDigestTest : public ::testing::TestWithParam<DigestScheme> {};

TEST_P(HandshakeDigestTest, AnswersADigestWithADigestAndASignature) {
  Bytes hello = C0C1();
  const std::array<std::uint8_t, 4> version = {9, 0, 124, 2};
  std::ranges::copy(version, hello.begin() + 5);
  const auto c1 = std::span(hello).subspan(1).first<kHandshakeBlockSize>();
  const Digest digest = ComputeClientDigest(c1, GetParam());
  std::ranges::copy(digest, c1.subspan(DigestOffset(c1, GetParam())).begin());

  Handshake handshake;
  Bytes out;
  ByteView input = hello;
  ASSERT_TRUE(handshake.Receive(input, out));
  ASSERT_EQ(out.size(), kReplySize);
  const HandshakeBlockView s1 = BlockAt(out, 1);
  const HandshakeBlockView s2 = BlockAt(out, 1 + kHandshakeBlockSize);
  EXPECT_NE(s1[4], 0);
  const auto s1_digest = s1.subspan(DigestOffset(s1, GetParam()), kDigestSize);
  EXPECT_TRUE(std::ranges::equal(s1_digest, ComputeServerDigest(s1, GetParam())));
  EXPECT_TRUE(std::ranges::equal(s2.last(kDigestSize), ComputeS2Signature(s2, digest)));
}

INSTANTIATE_TEST_SUITE_P(BothSchemes, HandshakeDigestTest,
                         ::testing::Values(DigestScheme::kA, DigestScheme::kB));

TEST(HandshakeTest, AnswersAWrongDigestInTheSimpleForm) {
  Bytes hello = C0C1();
  hello[5] = 9;
  Handshake handshake;
  Bytes out;
  ByteView input = hello;
  ASSERT_TRUE(handshake.Receive(input, out));
  EXPECT_EQ(out[5], 0);
  EXPECT_TRUE(std::ranges::equal(BlockAt(out, 1 + kHandshakeBlockSize), BlockAt(hello, 1)));
}

// Vectors made with Python's hmac module over C1 = 00 00 00 00 80 00 07 02 and then bytes i % 251.
TEST(DigestTest, MatchesAnIndependentComputation) {
  std::array<std::uint8_t, kHandshakeBlockSize> c1{};
  for (std::size_t i = 0; i < c1.size(); ++i) c1[i] = static_cast<std::uint8_t>(i % 251);
  const std::array<std::uint8_t, 8> head = {0, 0, 0, 0, 0x80, 0, 7, 2};
  std::ranges::copy(head, c1.begin());
  EXPECT_EQ(DigestOffset(c1, DigestScheme::kA), 50u);
  EXPECT_EQ(DigestOffset(c1, DigestScheme::kB), 858u);
  const Digest digest = ComputeClientDigest(c1, DigestScheme::kA);
  EXPECT_EQ(Bytes(digest.begin(), digest.begin() + 4), (Bytes{0xf0, 0xe3, 0xe4, 0x56}));
  const Digest signature = ComputeS2Signature(c1, digest);
  EXPECT_EQ(Bytes(signature.begin(), signature.begin() + 4), (Bytes{0x0a, 0x76, 0x88, 0x79}));
}

struct OtherProtocol {
  const char* begin;
  ErrorCode code;
  const char* text;
};

class HandshakeOtherProtocolTest : public ::testing::TestWithParam<OtherProtocol> {};

TEST_P(HandshakeOtherProtocolTest, IsRefusedAtOnce) {
  Handshake handshake;
  Bytes out;
  Result<void> received;
  for (const char& byte : std::string_view(GetParam().begin)) {
    ASSERT_TRUE(received) << "refused too early";
    ByteView input = AsBytes(std::string_view(&byte, 1));
    received = handshake.Receive(input, out);
  }
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, GetParam().code);
  EXPECT_THAT(received.error().context, HasSubstr(GetParam().text));
  EXPECT_TRUE(out.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Protocols, HandshakeOtherProtocolTest,
    ::testing::Values(OtherProtocol{"\x16", ErrorCode::kUnsupported, "TLS on the plain RTMP port"},
                      OtherProtocol{"G", ErrorCode::kUnsupported, "HTTP on the RTMP port"},
                      OtherProtocol{"PO", ErrorCode::kUnsupported, "HTTP on the RTMP port"},
                      OtherProtocol{"PR", ErrorCode::kUnsupported, kProxyHeaderHere.data()},
                      OtherProtocol{"\r", ErrorCode::kUnsupported, kProxyHeaderHere.data()},
                      OtherProtocol{"\x06", ErrorCode::kUnsupported, "RTMPE"},
                      OtherProtocol{"\x01", ErrorCode::kMalformed, "not RTMP"}));

}  // namespace
}  // namespace ingress::rtmp
