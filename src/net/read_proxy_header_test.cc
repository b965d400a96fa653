#include "net/read_proxy_header.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <string_view>

#include "net/peer_name.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::string_view kHeader = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 1935\r\n";

class ReadProxyHeaderTest : public testing::Test {
 protected:
  void SetUp() override {
    tcp::acceptor acceptor(context_, {asio::ip::address_v4::loopback(), 0});
    client_.connect(acceptor.local_endpoint());
    server_ = acceptor.accept();
  }

  void Send(std::string_view text) { asio::write(client_, asio::buffer(text)); }

  void Read() {
    asio::co_spawn(context_, ReadProxyHeader(server_),
                   [this](const std::exception_ptr& error, auto result) {
                     if (error) std::rethrow_exception(error);
                     result_ = std::move(result);
                   });
  }
  void RunUntilRead() {
    for (int i = 0; i < 1000 && !result_; ++i) context_.run_one_for(10ms);
    ASSERT_TRUE(result_.has_value());
  }

  asio::io_context context_;
  tcp::socket client_{context_};
  tcp::socket server_{context_};
  std::optional<Result<std::optional<tcp::endpoint>>> result_;
};

TEST_F(ReadProxyHeaderTest, TakesTheHeaderAndNoMore) {
  Send(std::string(kHeader) + "\x03rest");
  Read();
  RunUntilRead();
  ASSERT_TRUE(result_->has_value());
  EXPECT_EQ(NameOf(result_->value().value()), "192.0.2.7:40000");
  std::array<char, 100> rest{};
  EXPECT_EQ(server_.read_some(asio::buffer(rest)), 5U);
  EXPECT_EQ(std::string_view(rest.data(), 5), "\x03rest");
}

TEST_F(ReadProxyHeaderTest, WaitsForOneThatComesInPieces) {
  Send(kHeader.substr(0, 20));
  Read();
  context_.poll();
  EXPECT_FALSE(result_.has_value());
  Send(kHeader.substr(20));
  RunUntilRead();
  EXPECT_TRUE(result_->has_value());
}

TEST_F(ReadProxyHeaderTest, TellsAPeerThatLeaves) {
  client_.shutdown(tcp::socket::shutdown_send);
  Read();
  RunUntilRead();
  EXPECT_EQ(result_->error().context, "closed without a word");
}

TEST_F(ReadProxyHeaderTest, TellsAPeerThatLeavesWithinIt) {
  Send("PROXY TCP4");
  client_.shutdown(tcp::socket::shutdown_send);
  Read();
  RunUntilRead();
  EXPECT_EQ(result_->error().context, "PROXY header: closed within it");
}

}  // namespace
}  // namespace ingress::net
