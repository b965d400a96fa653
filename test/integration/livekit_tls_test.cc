#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <optional>
#include <string>

#include "dial/dial.h"
#include "livekit/tls_tunnel.h"
#include "support/sfu_run_until.h"
#include "support/sfu_tls_echo.h"

namespace ingress::livekit {
namespace {

using boost::asio::ip::tcp;
using ::testing::HasSubstr;

class TlsTest : public testing::Test {
 protected:
  ~TlsTest() override {
    ::unsetenv("SSL_CERT_FILE");
    io_.restart();
    io_.poll();
  }

  void TrustServer() { ::setenv("SSL_CERT_FILE", server_.certificate_file().c_str(), 1); }

  ServerAddress Server() const {
    return {.tls = true, .host = "127.0.0.1", .port = server_.port(), .path = {}};
  }

  Result<std::unique_ptr<dial::TlsStream>> Dial(const std::string& name) {
    ServerAddress server = Server();
    server.host = name;
    return DialServer(server);
  }

  /// The server is where it is, whatever the name to be checked.
  Result<std::unique_ptr<dial::TlsStream>> DialServer(const ServerAddress& server) {
    std::optional<Result<std::unique_ptr<dial::TlsStream>>> result;
    boost::asio::co_spawn(io_, DialBoth(server), [&](const std::exception_ptr& error, auto value) {
      if (error) std::rethrow_exception(error);
      result = std::move(value);
    });
    EXPECT_TRUE(test::RunUntil(io_, [&] { return result.has_value(); }));
    return std::move(*result);
  }

  boost::asio::awaitable<Result<std::unique_ptr<dial::TlsStream>>> DialBoth(ServerAddress server) {
    auto dialled = co_await dial::DialTcp(Server());
    if (!dialled) co_return std::unexpected(dialled.error());
    co_return co_await dial::DialTls(std::move(*dialled), std::move(server));
  }

  boost::asio::io_context io_{1};
  test::TlsEcho server_{io_};
};

TEST_F(TlsTest, AcceptsATrustedCertificateForTheRightName) {
  TrustServer();
  const auto dialled = Dial("127.0.0.1");
  EXPECT_TRUE(dialled.has_value()) << dialled.error().context;
}

TEST_F(TlsTest, RefusesACertificateThatNobodyVouchesFor) {
  const auto dialled = Dial("127.0.0.1");
  ASSERT_FALSE(dialled.has_value());
  EXPECT_EQ(dialled.error().code, ErrorCode::kCertificate);
  EXPECT_THAT(
      dialled.error().context,
      HasSubstr("tls: the certificate of 127.0.0.1 is not believed: self-signed certificate"));
  EXPECT_THAT(dialled.error().context, HasSubstr("valid from "));
}

TEST_F(TlsTest, RefusesACertificateForAnotherName) {
  TrustServer();
  const auto dialled = Dial("elsewhere.example");
  ASSERT_FALSE(dialled.has_value());
  EXPECT_EQ(dialled.error().code, ErrorCode::kCertificate);
  EXPECT_THAT(dialled.error().context, HasSubstr("hostname mismatch"));
}

TEST_F(TlsTest, BelievesTheCertificatesOfOneMoreFile) {
  ServerAddress server = Server();
  server.ca_cert_file = server_.certificate_file();
  const auto dialled = DialServer(server);
  EXPECT_TRUE(dialled.has_value()) << dialled.error().context;
  server.ca_cert_file = "/nowhere.pem";
  const Error unusable = DialServer(server).error();
  EXPECT_EQ(unusable.code, ErrorCode::kCertificate);
  EXPECT_THAT(unusable.context, HasSubstr("tls.ca_cert_file /nowhere.pem: "));
}

TEST_F(TlsTest, TunnelCarriesBytesBothWaysAndCloses) {
  TrustServer();
  auto tunnel = TlsTunnel::Open(io_.get_executor(), Server());
  ASSERT_TRUE(tunnel.has_value());
  tcp::socket client(io_);
  client.connect({boost::asio::ip::address_v4::loopback(), (*tunnel)->port()});
  boost::asio::write(client, boost::asio::buffer("allocate", 8));
  std::array<char, 8> echo{};
  bool echoed = false;
  boost::asio::async_read(client, boost::asio::buffer(echo),
                          [&](boost::system::error_code error, std::size_t) { echoed = !error; });
  ASSERT_TRUE(test::RunUntil(io_, [&] { return echoed; }));
  EXPECT_EQ(std::string(echo.data(), echo.size()), "allocate");

  (*tunnel)->Close();
  bool closed = false;
  boost::asio::async_read(
      client, boost::asio::buffer(echo),
      [&](boost::system::error_code error, std::size_t) { closed = error.failed(); });
  EXPECT_TRUE(test::RunUntil(io_, [&] { return closed; }));
}

TEST_F(TlsTest, TunnelTellsWhyItDoesNotGetThrough) {
  auto tunnel = TlsTunnel::Open(io_.get_executor(), Server());
  ASSERT_TRUE(tunnel.has_value());
  EXPECT_EQ((*tunnel)->failure(), "");
  tcp::socket client(io_);
  client.connect({boost::asio::ip::address_v4::loopback(), (*tunnel)->port()});
  EXPECT_TRUE(test::RunUntil(io_, [&] { return !(*tunnel)->failure().empty(); }));
  EXPECT_THAT((*tunnel)->failure(), HasSubstr("tls: the certificate of 127.0.0.1"));
  (*tunnel)->Close();
}

}  // namespace
}  // namespace ingress::livekit
