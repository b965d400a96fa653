#include "rtc/hmac_sha1.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hex.h"

namespace ingress::rtc {
namespace {

using ::testing::ElementsAreArray;

// RFC 2202 §3, cases 1 and 2.
TEST(HmacSha1Test, SignsTheMessagesOfRfc2202) {
  EXPECT_THAT(HmacSha1(Bytes(20, 0x0b)).Sign({AsBytes("Hi There")}),
              ElementsAreArray(FromHex("b617318655057264e28bc0b6fb378c8ef146be00")));
  EXPECT_THAT(HmacSha1(AsBytes("Jefe")).Sign({AsBytes("what do ya want for nothing?")}),
              ElementsAreArray(FromHex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")));
}

TEST(HmacSha1Test, StartsOverWithEachMessageAndJoinsParts) {
  const HmacSha1 hmac(Bytes(20, 0x0b));
  const auto whole = hmac.Sign({AsBytes("Hi There")});
  EXPECT_EQ(hmac.Sign({AsBytes("Hi"), {}, AsBytes(" There")}), whole);
}

}  // namespace
}  // namespace ingress::rtc
