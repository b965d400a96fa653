#include "net/listen.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

boost::system::error_code Connect(asio::io_context& context, const char* address,
                                  std::uint16_t port) {
  boost::system::error_code error;
  tcp::socket socket(context);
  socket.connect({asio::ip::make_address(address), port}, error);
  return error;
}

TEST(ListenTest, OneSocketTakesBothFamilies) {
  asio::io_context context;
  auto acceptor = ListenOnAll(context.get_executor(), 0).value();
  const std::uint16_t port = acceptor.local_endpoint().port();
  EXPECT_FALSE(Connect(context, "127.0.0.1", port));
  if (acceptor.local_endpoint().protocol() == tcp::v6()) {
    EXPECT_FALSE(Connect(context, "::1", port));
  }
}

TEST(ListenTest, SaysThatAPortIsTaken) {
  asio::io_context context;
  auto first = ListenOnAll(context.get_executor(), 0).value();
  const std::uint16_t port = first.local_endpoint().port();
  const auto second = ListenOnAll(context.get_executor(), port);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(ListenOn(context.get_executor(), "127.0.0.1", port).error().code,
            ErrorCode::kUnavailable);
}

TEST(ListenTest, ListensOnOneAddressAlone) {
  asio::io_context context;
  auto acceptor = ListenOn(context.get_executor(), "127.0.0.1", 0).value();
  const std::uint16_t port = acceptor.local_endpoint().port();
  EXPECT_FALSE(Connect(context, "127.0.0.1", port));
  EXPECT_TRUE(Connect(context, "127.0.0.2", port));
  EXPECT_EQ(ListenOn(context.get_executor(), "localhost", 0).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace ingress::net
