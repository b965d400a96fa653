#include "rtc/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ingress::rtc {
namespace {

using ::testing::MatchesRegex;

TEST(CertificateTest, IsSignedByItsOwnP256Key) {
  const auto certificate = Certificate::Make();
  ASSERT_TRUE(certificate.has_value()) << certificate.error().context;
  EXPECT_EQ(X509_verify(certificate->x509(), certificate->key()), 1);
  EXPECT_EQ(EVP_PKEY_get_bits(certificate->key()), 256);
  EXPECT_EQ(X509_check_private_key(certificate->x509(), certificate->key()), 1);
}

TEST(CertificateTest, HasSdpStyleSha256Fingerprint) {
  const auto certificate = Certificate::Make();
  ASSERT_TRUE(certificate.has_value());
  EXPECT_THAT(certificate->fingerprint(), MatchesRegex("([0-9A-F][0-9A-F]:){31}[0-9A-F][0-9A-F]"));
}

TEST(CertificateTest, IsNeverTheSameTwice) {
  EXPECT_NE(Certificate::Make()->fingerprint(), Certificate::Make()->fingerprint());
}

TEST(CertificateDigestTest, RejectsHashesThatProveNothing) {
  const auto certificate = Certificate::Make();
  const auto md5 = CertificateDigest(*certificate->x509(), "md5");
  ASSERT_FALSE(md5.has_value());
  EXPECT_EQ(md5.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(CertificateDigest(*certificate->x509(), "SHA-512")->size(), 64U);
}

}  // namespace
}  // namespace ingress::rtc
