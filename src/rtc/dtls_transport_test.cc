#include "rtc/dtls_transport.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <thread>
#include <utility>

namespace ingress::rtc {
namespace {

Certificate MakeCertificate() {
  auto certificate = Certificate::Make();
  EXPECT_TRUE(certificate.has_value());
  return std::move(*certificate);
}

std::unique_ptr<DtlsTransport> MakeTransport(const Certificate& own, DtlsRole role,
                                             const Certificate& expected) {
  auto digest = CertificateDigest(*expected.x509(), "sha-256");
  auto transport = DtlsTransport::Make(
      own,
      {.role = role, .fingerprint = {.algorithm = "sha-256", .digest = digest.value_or(Bytes())}});
  EXPECT_TRUE(transport.has_value());
  return std::move(*transport);
}

class DtlsTransportTest : public testing::Test {
 protected:
  /// Carries datagrams both ways until the wire is empty; `lost` decides on each.
  template <typename Lost>
  void Exchange(Lost lost) {
    for (bool moved = true; moved;) {
      moved = Carry(*client_, *server_, lost);
      moved = Carry(*server_, *client_, lost) || moved;
    }
  }

  template <typename Lost>
  bool Carry(DtlsTransport& from, DtlsTransport& to, Lost& lost) {
    const auto datagrams = from.TakeOutput();
    for (const Bytes& datagram : datagrams) {
      EXPECT_LE(datagram.size(), static_cast<std::size_t>(DtlsTransport::kMtu));
      if (!lost()) last_result_ = last_result_ ? to.Receive(datagram) : last_result_;
    }
    return !datagrams.empty();
  }

  /// Waits for the earlier retransmission timer and lets it fire. OpenSSL's timer is the one clock
  /// of this module that cannot be faked.
  void WaitForTimer() {
    const TimePoint now = Clock::now();
    TimePoint wake = now + std::chrono::seconds(2);
    for (const DtlsTransport* side : {client_.get(), server_.get()}) {
      if (const auto deadline = side->NextDeadline(now)) wake = std::min(wake, *deadline);
    }
    std::this_thread::sleep_until(wake);
    EXPECT_TRUE(client_->HandleTimeout().has_value());
    EXPECT_TRUE(server_->HandleTimeout().has_value());
  }

  Certificate client_certificate_ = MakeCertificate();
  Certificate server_certificate_ = MakeCertificate();
  std::unique_ptr<DtlsTransport> client_ =
      MakeTransport(client_certificate_, DtlsRole::kClient, server_certificate_);
  std::unique_ptr<DtlsTransport> server_ =
      MakeTransport(server_certificate_, DtlsRole::kServer, client_certificate_);
  Result<void> last_result_;
};

TEST_F(DtlsTransportTest, BothSidesDeriveMatchingKeys) {
  ASSERT_TRUE(server_->Start().has_value());
  ASSERT_TRUE(client_->Start().has_value());
  Exchange([] { return false; });
  ASSERT_TRUE(client_->keys().has_value());
  ASSERT_TRUE(server_->keys().has_value());
  EXPECT_EQ(client_->keys()->profile, srtp::Profile::kAeadAes128Gcm);
  EXPECT_EQ(client_->keys()->local.size(), 28U);
  EXPECT_EQ(client_->keys()->local, server_->keys()->remote);
  EXPECT_EQ(client_->keys()->remote, server_->keys()->local);
  EXPECT_NE(client_->keys()->local, client_->keys()->remote);
}

TEST_F(DtlsTransportTest, FinishesOverALossyLink) {
  std::mt19937 random(7);
  const auto lost = [&random] { return random() % 10 < 2; };
  ASSERT_TRUE(server_->Start().has_value());
  ASSERT_TRUE(client_->Start().has_value());
  Exchange(lost);
  for (int tries = 0; tries < 20 && !(client_->keys() && server_->keys()); ++tries) {
    WaitForTimer();
    Exchange(lost);
  }
  ASSERT_TRUE(client_->keys().has_value());
  ASSERT_TRUE(server_->keys().has_value());
  EXPECT_EQ(client_->keys()->local, server_->keys()->remote);
}

// OpenSSL alone would let a second pass, and then two.
TEST_F(DtlsTransportTest, SendsAHelloThatIsLostAgainSoon) {
  const TimePoint before = Clock::now();
  ASSERT_TRUE(client_->Start().has_value());
  const auto deadline = client_->NextDeadline(before);
  ASSERT_TRUE(deadline.has_value());
  EXPECT_LE(*deadline - before, std::chrono::milliseconds(100));
}

TEST_F(DtlsTransportTest, RefusesACertificateThatIsNotTheOneInTheSdp) {
  server_ = MakeTransport(server_certificate_, DtlsRole::kServer, MakeCertificate());
  ASSERT_TRUE(client_->Start().has_value());
  Exchange([] { return false; });
  ASSERT_FALSE(last_result_.has_value());
  EXPECT_EQ(last_result_.error().code, ErrorCode::kUnauthorized);
  EXPECT_FALSE(server_->keys().has_value());
}

TEST_F(DtlsTransportTest, IgnoresRubbish) {
  ASSERT_TRUE(server_->Start().has_value());
  const Bytes rubbish = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3};
  EXPECT_TRUE(server_->Receive(rubbish).has_value());
  ASSERT_TRUE(client_->Start().has_value());
  Exchange([] { return false; });
  EXPECT_TRUE(server_->keys().has_value());
}

TEST_F(DtlsTransportTest, ReportsThePeersGoodbye) {
  ASSERT_TRUE(server_->Start().has_value());
  ASSERT_TRUE(client_->Start().has_value());
  Exchange([] { return false; });
  client_->Close();
  Exchange([] { return false; });
  ASSERT_FALSE(last_result_.has_value());
  EXPECT_EQ(last_result_.error().code, ErrorCode::kClosed);
}

}  // namespace
}  // namespace ingress::rtc
