#include "rtc/hmac_sha1.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.h"

namespace ingress::rtc {
namespace {

using ::testing::ElementsAreArray;

HmacSha1 MakeHmac(ByteView key) {
  auto hmac = HmacSha1::Make(key);
  EXPECT_TRUE(hmac.has_value());
  return std::move(*hmac);
}

// RFC 2202 §3, cases 1 and 2.
TEST(HmacSha1Test, SignsTheMessagesOfRfc2202) {
  EXPECT_THAT(MakeHmac(Bytes(20, 0x0b)).Sign({AsBytes("Hi There")}).value(),
              ElementsAreArray(FromHex("b617318655057264e28bc0b6fb378c8ef146be00")));
  EXPECT_THAT(MakeHmac(AsBytes("Jefe")).Sign({AsBytes("what do ya want for nothing?")}).value(),
              ElementsAreArray(FromHex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")));
}

TEST(HmacSha1Test, StartsOverWithEachMessageAndJoinsParts) {
  HmacSha1 hmac = MakeHmac(Bytes(20, 0x0b));
  const auto whole = hmac.Sign({AsBytes("Hi There")});
  EXPECT_EQ(hmac.Sign({AsBytes("Hi"), {}, AsBytes(" There")}).value(), whole.value());
}

TEST(HmacSha1Test, RejectsAKeyThatWouldHaveToBeHashed) {
  const auto hmac = HmacSha1::Make(Bytes(65));
  ASSERT_FALSE(hmac.has_value());
  EXPECT_EQ(hmac.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::rtc
