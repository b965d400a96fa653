#include "net/tls_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "net/await.h"
#include "net/deadline.h"
#include "support/test_certificate.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A TlsStream and a client of OpenSSL's own, both on one loop.
class TlsStreamTest : public testing::Test {
 protected:
  static constexpr int kMaxNewcomers = 20'000;

  void SetUp() override {
    tcp::acceptor acceptor(context_, {asio::ip::address_v4::loopback(), 0});
    client_.next_layer().connect(acceptor.local_endpoint());
    client_.next_layer().set_option(tcp::no_delay(true));  // tests read at once what was sent
    const TestCertificate own = TestCertificate::Make();
    server_ = TlsServer::Make(own.certificate, own.key).value();
    stream_ = std::make_unique<TlsStream>(acceptor.accept(), server_,
                                          [this](std::size_t bytes) { memory_ = bytes; });
  }

  /// Runs both sides to their end.
  void Run(asio::awaitable<void> server, asio::awaitable<void> client) {
    int running = 2;
    const auto done = [&running](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
      --running;
    };
    asio::co_spawn(context_, std::move(server), done);
    asio::co_spawn(context_, std::move(client), done);
    context_.restart();
    context_.run_for(20s);
    ASSERT_EQ(running, 0) << "not done";
  }

  /// Shakes hands with a client that does what `client` says; the outcome is in handshake_.
  void ShakeHands(asio::awaitable<void> client) { Run(ShakeServersHand(), std::move(client)); }

  asio::awaitable<void> ShakeServersHand() {
    handshake_ = co_await stream_->Handshake(throttle_, "client", [this] { ++begun_; });
    shaken_ = true;
  }
  asio::awaitable<void> ShakeServersHandWithin(std::chrono::milliseconds limit) {
    handshake_ = co_await WithDeadline(limit, stream_->Handshake(throttle_, "client"), "TLS");
  }
  static asio::awaitable<void> DoNothing() { co_return; }

  asio::awaitable<void> ShakeClientsHand() {
    const auto [error] = co_await client_.async_handshake(ssl::stream_base::client, kAwait);
    client_error_ = error;
    if (error) client_.next_layer().close();
  }
  /// Work for one newcomer after the other, two for each that has its turn, until the handshake is
  /// done.
  asio::awaitable<void> ShakeClientsHandInAFlood() {
    asio::co_spawn(context_, ShakeClientsHand(), asio::detached);
    while (!shaken_ && newcomers_ < kMaxNewcomers) {
      for (int i = 0; i < 2; ++i) asio::co_spawn(context_, WorkForANewcomer(), asio::detached);
      co_await asio::post(context_, asio::use_awaitable);
    }
  }
  asio::awaitable<void> WorkForANewcomer() {
    StepThrottle::Waiter turn(throttle_, "newcomer " + std::to_string(++newcomers_));
    const auto step = co_await turn.Begin();
  }
  asio::awaitable<void> Say(std::string text) {
    co_await asio::async_write(client_.next_layer(), asio::buffer(text), asio::use_awaitable);
    client_.next_layer().shutdown(tcp::socket::shutdown_send);
  }

  asio::awaitable<void> Send(std::string text) {
    co_await asio::async_write(client_, asio::buffer(text), asio::use_awaitable);
  }

  asio::awaitable<void> TakeAndGive(std::string& taken, std::size_t size,
                                    const std::string& given) {
    co_await ShakeServersHand();
    std::string buffer(65'536, '\0');
    while (taken.size() < size) {
      const auto [error, read] = co_await stream_->Read(asio::buffer(buffer));
      if (error) break;
      taken += buffer.substr(0, read);
    }
    EXPECT_FALSE(co_await stream_->Write(asio::buffer(given)));
    EXPECT_FALSE(stream_->EndWriting());
    server_end_ = (co_await stream_->Read(asio::buffer(buffer))).error;
    stream_->Close();
  }
  asio::awaitable<void> GiveAndTake(const std::string& given, std::string& taken) {
    co_await ShakeClientsHand();
    co_await Send(given);
    co_await asio::async_read(client_, asio::buffer(taken), asio::use_awaitable);
    std::array<char, 1> more{};
    const auto [error, size] = co_await client_.async_read_some(asio::buffer(more), kAwait);
    client_error_ = error;
    co_await client_.async_shutdown(kAwait);
  }

  asio::awaitable<void> ReadTwice(ByteStream::Transfer& first, ByteStream::Transfer& second) {
    std::string buffer(100, '\0');
    first = co_await stream_->Read(asio::buffer(buffer));
    second = co_await stream_->Read(asio::buffer(buffer));
  }
  asio::awaitable<void> CancelThenSend() {
    stream_->CancelRead();
    co_await Send("on");
  }

  asio::io_context context_;
  StepThrottle throttle_{context_.get_executor()};
  ssl::context client_context_{ssl::context::tls_client};
  ssl::stream<tcp::socket> client_{context_, client_context_};
  std::shared_ptr<const TlsServer> server_;
  std::unique_ptr<TlsStream> stream_;
  Result<void> handshake_;
  bool shaken_ = false;
  int begun_ = 0;      // times that the stream has said so
  int newcomers_ = 0;  // that other work was for
  error_code client_error_;
  error_code server_end_;
  std::size_t memory_ = 0;  // as the stream says
};

TEST_F(TlsStreamTest, CarriesBytesBothWaysAndEndsInOrder) {
  const std::string up(300'000, 'u');
  const std::string down(3'000'000, 'd');
  std::string came_up;
  std::string came_down(down.size(), '\0');
  Run(TakeAndGive(came_up, up.size(), down), GiveAndTake(up, came_down));
  EXPECT_TRUE(handshake_.has_value());
  EXPECT_EQ(came_up, up);
  EXPECT_EQ(came_down, down);
  EXPECT_EQ(client_error_, asio::error::eof) << "a close_notify came";
  EXPECT_EQ(server_end_, asio::error::eof);
}

TEST_F(TlsStreamTest, ReadsWithoutWaiting) {
  ShakeHands(ShakeClientsHand());
  ASSERT_TRUE(handshake_.has_value());
  std::string buffer(100, '\0');
  EXPECT_EQ(stream_->ReadNow(asio::buffer(buffer)).error, asio::error::would_block);
  asio::write(client_, asio::buffer("one", 3));
  asio::write(client_, asio::buffer("two", 3));
  const auto [error, size] = stream_->ReadNow(asio::buffer(buffer));
  EXPECT_FALSE(error);
  EXPECT_EQ(buffer.substr(0, size), "onetwo") << "all records at once";
}

TEST_F(TlsStreamTest, EndsAReadAndReadsOn) {
  ShakeHands(ShakeClientsHand());
  ByteStream::Transfer cancelled;
  ByteStream::Transfer next;
  Run(ReadTwice(cancelled, next), CancelThenSend());
  EXPECT_EQ(cancelled.error, asio::error::operation_aborted);
  EXPECT_EQ(next.size, 2U);
}

TEST_F(TlsStreamTest, TakesAConnectionThatJustEndsAsEnded) {
  ShakeHands(ShakeClientsHand());
  client_.next_layer().close();
  std::string buffer(100, '\0');
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(stream_->ReadNow(asio::buffer(buffer)).error, asio::error::eof);
  }
  EXPECT_TRUE(stream_->is_open());
}

TEST_F(TlsStreamTest, TellsWhatIsNotTls) {
  ShakeHands(Say("\x03 rtmp and more of it"));
  ASSERT_FALSE(handshake_.has_value());
  EXPECT_EQ(handshake_.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(handshake_.error().context, HasSubstr("not TLS, the first byte is 3"));
  EXPECT_EQ(stream_->first_byte(), 3);
}

TEST_F(TlsStreamTest, TellsAClientOfOldVersions) {
  SSL_set_max_proto_version(client_.native_handle(), TLS1_1_VERSION);
  SSL_set_min_proto_version(client_.native_handle(), TLS1_VERSION);
  SSL_set_security_level(client_.native_handle(), 0);
  ShakeHands(ShakeClientsHand());
  ASSERT_FALSE(handshake_.has_value());
  EXPECT_EQ(handshake_.error().context, "TLS: the client offers no TLS 1.2 or newer");
}

TEST_F(TlsStreamTest, TakesTls12) {
  SSL_set_max_proto_version(client_.native_handle(), TLS1_2_VERSION);
  ShakeHands(ShakeClientsHand());
  EXPECT_TRUE(handshake_.has_value());
}

TEST_F(TlsStreamTest, TellsAClientThatDoesNotBelieveTheCertificate) {
  client_.set_verify_mode(ssl::verify_peer);
  ShakeHands(ShakeClientsHand());
  ASSERT_FALSE(handshake_.has_value());
  EXPECT_EQ(handshake_.error().code, ErrorCode::kUnauthorized);
  EXPECT_THAT(handshake_.error().context, HasSubstr("does not accept the certificate"));
}

TEST_F(TlsStreamTest, TellsAClientThatLeaves) {
  ShakeHands(Say(""));
  ASSERT_FALSE(handshake_.has_value());
  EXPECT_EQ(handshake_.error().context, "closed without a word");
}

TEST_F(TlsStreamTest, TellsAClientThatLeavesWithinTheHandshake) {
  ShakeHands(Say("\x16\x03\x01"));
  ASSERT_FALSE(handshake_.has_value());
  EXPECT_THAT(handshake_.error().context, HasSubstr("closed during the handshake"));
}

TEST_F(TlsStreamTest, LimitsWhatComesBeforeTheHandshakeIsDone) {
  // A ClientHello in records of one byte each, which never ends.
  std::string hello("\x16\x03\x01\x00\x09\x01\x00\x3f\xff\x03\x03\x63\x63\x63", 14);
  while (hello.size() < 2 * TlsStream::kMaxHandshakeBytes) {
    hello += std::string("\x16\x03\x01\x00\x01\x63", 6);
  }
  ShakeHands(Say(hello));
  ASSERT_FALSE(handshake_.has_value());
  EXPECT_EQ(handshake_.error().code, ErrorCode::kLimitExceeded);
}

TEST_F(TlsStreamTest, SaysWhatItKeepsInMemory) {
  ShakeHands(Say(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9)));
  EXPECT_GT(memory_, 0U);
  EXPECT_LE(memory_, 64U) << "half a ClientHello costs its bytes";
}

TEST_F(TlsStreamTest, CountsWhatOpenSslKeeps) {
  ShakeHands(ShakeClientsHand());
  EXPECT_EQ(memory_, TlsStream::kIdleMemory);
}

TEST_F(TlsStreamTest, SaysOnceThatAClientSpeaksTls) {
  ShakeHands(ShakeClientsHand());
  EXPECT_EQ(begun_, 1);
}

TEST_F(TlsStreamTest, DoesNotSaySoOfOneWhoDoesNot) {
  ShakeHands(Say("\x03 rtmp and more of it"));
  EXPECT_EQ(begun_, 0);
}

TEST_F(TlsStreamTest, HasItsTurnThoughNewcomersKeepComing) {
  ShakeHands(ShakeClientsHandInAFlood());
  EXPECT_TRUE(handshake_.has_value());
  EXPECT_GT(newcomers_, 2);
  EXPECT_LT(newcomers_, kMaxNewcomers);
}

TEST_F(TlsStreamTest, LimitsWhatAStrangerSends) {
  ShakeHands(ShakeClientsHand());
  std::string buffer(1000, '\0');
  std::size_t sent = 0;
  error_code error;
  for (; !error && sent < 2 * TlsStream::kMaxStrangerBytes; sent += buffer.size()) {
    asio::write(client_, asio::buffer(buffer));
    error = stream_->ReadNow(asio::buffer(buffer)).error;
  }
  EXPECT_EQ(error, asio::error::message_size);
  EXPECT_LE(sent, TlsStream::kMaxStrangerBytes);
}

TEST_F(TlsStreamTest, TakesAllOfOneWhoIsNoStranger) {
  ShakeHands(ShakeClientsHand());
  stream_->LiftLimit();
  std::string buffer(1000, '\0');
  for (std::size_t sent = 0; sent < 2 * TlsStream::kMaxStrangerBytes; sent += buffer.size()) {
    asio::write(client_, asio::buffer(buffer));
    ASSERT_FALSE(stream_->ReadNow(asio::buffer(buffer)).error) << sent;
  }
}

TEST_F(TlsStreamTest, EndsAHandshakeThatTakesTooLong) {
  Run(ShakeServersHandWithin(0ms), DoNothing());
  ASSERT_FALSE(handshake_.has_value());
  EXPECT_EQ(handshake_.error().code, ErrorCode::kTimeout);
}

}  // namespace
}  // namespace ingress::net
