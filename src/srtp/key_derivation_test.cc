#include "srtp/key_derivation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/hex.h"

namespace ingress::srtp {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// RFC 3711 appendix B.3.
constexpr char kMaster[] = "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6";

TEST(DeriveKeysTest, GivesTheKeysOfRfc3711AppendixB3) {
  const auto keys = DeriveKeys(Profile::kAes128CmSha1_80, FromHex(kMaster), Half::kRtp);
  ASSERT_TRUE(keys.has_value());
  EXPECT_THAT(keys->cipher, ElementsAreArray(FromHex("C61E7A93744F39EE10734AFE3FF7A087")));
  EXPECT_THAT(keys->salt, ElementsAreArray(FromHex("30CBBC08863D8C85D49DB34A9AE1")));
  EXPECT_THAT(keys->authentication,
              ElementsAreArray(FromHex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")));
}

TEST(DeriveKeysTest, GivesRtcpKeysOfItsOwn) {
  const Bytes master = FromHex(kMaster);
  const auto rtp = DeriveKeys(Profile::kAes128CmSha1_80, master, Half::kRtp);
  const auto rtcp = DeriveKeys(Profile::kAes128CmSha1_80, master, Half::kRtcp);
  ASSERT_TRUE(rtp && rtcp);
  EXPECT_NE(rtp->cipher, rtcp->cipher);
  EXPECT_NE(rtp->salt, rtcp->salt);
  EXPECT_NE(rtp->authentication, rtcp->authentication);
}

TEST(DeriveKeysTest, GivesGcmAShorterSaltAndNoAuthenticationKey) {
  const Bytes master = FromHex(kMaster);
  const auto keys = DeriveKeys(Profile::kAeadAes128Gcm, ByteView(master).first(28), Half::kRtp);
  ASSERT_TRUE(keys.has_value());
  EXPECT_THAT(keys->salt, SizeIs(12));
  EXPECT_THAT(keys->authentication, IsEmpty());
}

TEST(DeriveKeysTest, RejectsAMasterKeyOfTheOtherProfile) {
  const auto keys = DeriveKeys(Profile::kAeadAes128Gcm, FromHex(kMaster), Half::kRtp);
  ASSERT_FALSE(keys.has_value());
  EXPECT_EQ(keys.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace ingress::srtp
