#include "crypto/hmac_sha1.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::crypto {
namespace {

using ::testing::ElementsAreArray;

class HmacSha1Test : public testing::TestWithParam<HmacSha1::Engine> {
 protected:
  static HmacSha1::Digest Signed(ByteView key, std::initializer_list<ByteView> parts) {
    const auto hmac = HmacSha1::Make(key, GetParam());
    HmacSha1::Digest digest{};
    EXPECT_TRUE(hmac && hmac->Sign(parts, digest));
    return digest;
  }
};

// RFC 2202 §3, cases 1, 2 and 5.
TEST_P(HmacSha1Test, SignsTheMessagesOfRfc2202) {
  EXPECT_THAT(Signed(Bytes(20, 0x0b), {AsBytes("Hi There")}),
              ElementsAreArray(FromHex("b617318655057264e28bc0b6fb378c8ef146be00")));
  EXPECT_THAT(Signed(AsBytes("Jefe"), {AsBytes("what do ya want for nothing?")}),
              ElementsAreArray(FromHex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")));
  EXPECT_THAT(Signed(Bytes(20, 0x0c), {AsBytes("Test With Truncation")}),
              ElementsAreArray(FromHex("4c1a03424b55e07fe7f27be1d58bb9324a9a5a04")));
}

TEST_P(HmacSha1Test, StartsOverWithEachMessageAndJoinsParts) {
  const auto hmac = HmacSha1::Make(Bytes(20, 0x0b), GetParam());
  ASSERT_TRUE(hmac);
  HmacSha1::Digest whole{};
  HmacSha1::Digest parts{};
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(hmac->Sign({AsBytes("Hi There")}, whole));
    EXPECT_TRUE(hmac->Sign({AsBytes("Hi"), {}, AsBytes(" There")}, parts));
    EXPECT_EQ(parts, whole);
    EXPECT_THAT(whole, ElementsAreArray(FromHex("b617318655057264e28bc0b6fb378c8ef146be00")));
  }
}

TEST_P(HmacSha1Test, RejectsKeysThatAreNoBlock) {
  EXPECT_TRUE(HmacSha1::Make(Bytes(HmacSha1::kMaxKeySize, 1), GetParam()));
  EXPECT_EQ(HmacSha1::Make(Bytes(HmacSha1::kMaxKeySize + 1, 1), GetParam()).error().code,
            ErrorCode::kMalformed);
  EXPECT_EQ(HmacSha1::Make({}, GetParam()).error().code, ErrorCode::kMalformed);
}

TEST_P(HmacSha1Test, MovesWithItsKey) {
  auto hmac = HmacSha1::Make(Bytes(20, 0x0b), GetParam());
  ASSERT_TRUE(hmac);
  const HmacSha1 moved = std::move(*hmac);
  HmacSha1::Digest digest{};
  EXPECT_TRUE(moved.Sign({AsBytes("Hi There")}, digest));
  EXPECT_THAT(digest, ElementsAreArray(FromHex("b617318655057264e28bc0b6fb378c8ef146be00")));
}

INSTANTIATE_TEST_SUITE_P(Engines, HmacSha1Test,
                         testing::Values(HmacSha1::Engine::kSha1, HmacSha1::Engine::kEvp));

}  // namespace
}  // namespace ingress::crypto
