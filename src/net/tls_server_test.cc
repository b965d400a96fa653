#include "net/tls_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "support/test_certificate.h"

namespace ingress::net {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string ErrorOf(std::string_view certificate, std::string_view key) {
  const auto made = TlsServer::Make(certificate, key);
  return made ? "" : made.error().context;
}

TEST(TlsServerTest, TakesACertificateWithItsKeyAndChain) {
  const TestCertificate own = TestCertificate::Make();
  const TestCertificate authority = TestCertificate::Make();
  EXPECT_EQ(ErrorOf(own.certificate, own.key), "");
  EXPECT_EQ(ErrorOf("Subject: some words\n" + own.certificate + authority.certificate, own.key),
            "");
}

TEST(TlsServerTest, KnowsUntilWhenItIsValid) {
  const TestCertificate own = TestCertificate::Make("", 1000);
  const auto left =
      TlsServer::Make(own.certificate, own.key).value()->not_after() - WallClock::now();
  EXPECT_GT(left, 900s);
  EXPECT_LE(left, 1000s);
}

TEST(TlsServerTest, SaysWhatIsWrongWithTheFiles) {
  const TestCertificate own = TestCertificate::Make();
  EXPECT_THAT(ErrorOf("", own.key), HasSubstr("no certificate in PEM"));
  EXPECT_THAT(ErrorOf(own.key, own.key), HasSubstr("no certificate in PEM"));
  EXPECT_THAT(ErrorOf(own.certificate, ""), HasSubstr("no private key in PEM"));
  EXPECT_THAT(ErrorOf(own.certificate, own.certificate), HasSubstr("no private key in PEM"));
  EXPECT_EQ(ErrorOf(own.certificate, TestCertificate::Make().key),
            "the key is not the certificate's");
  const std::string half = own.certificate.substr(0, own.certificate.size() / 2);
  EXPECT_THAT(ErrorOf(half, own.key), HasSubstr("no certificate in PEM"));
  EXPECT_THAT(ErrorOf(own.certificate + half, own.key), HasSubstr("chain is damaged"));
}

TEST(TlsServerTest, AsksNobodyForAPassphrase) {
  const TestCertificate own = TestCertificate::Make("secret");
  EXPECT_THAT(ErrorOf(own.certificate, own.key), HasSubstr("the key has a passphrase"));
}

}  // namespace
}  // namespace ingress::net
