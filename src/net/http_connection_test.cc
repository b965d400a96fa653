#include "net/http_connection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "net/byte_stream.h"
#include "net/tcp_stream.h"

namespace ingress::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t kMaxHeaderBytes = 8192;

/// A stream that has more each time it is asked, but for an end after `reads` times.
class FullStream final : public ByteStream {
 public:
  FullStream(asio::io_context& context, std::string begin, int& reads)
      : ByteStream(tcp::socket(context, tcp::v4())), begin_(std::move(begin)), reads_(reads) {}

  Transfer ReadNow(asio::mutable_buffer buffer) override {
    constexpr int kMost = 100;
    if (++reads_ > kMost) return {.error = asio::error::eof};
    std::string bytes = std::exchange(begin_, "");
    bytes.resize(buffer.size(), 'x');
    std::ranges::copy(bytes, static_cast<char*>(buffer.data()));
    return {.error = {}, .size = buffer.size()};
  }
  Transfer WriteNow(asio::const_buffer bytes) override {
    return {.error = {}, .size = bytes.size()};
  }
  boost::system::error_code EndWriting() override { return {}; }

 private:
  std::string begin_;
  int& reads_;
};

asio::awaitable<void> ReadOne(HttpConnection& connection, HttpConnection::Error& error) {
  HttpConnection::Parser parser;
  parser.body_limit(1'000'000);
  error = co_await connection.Read(parser, 10s);
}

TEST(HttpConnectionTest, LeavesTheThreadToOthersWhileAClientKeepsSending) {
  asio::io_context context;
  int reads = 0;
  HttpConnection connection(
      std::make_unique<FullStream>(context, "POST / HTTP/1.1\r\nContent-Length: 900000\r\n\r\n",
                                   reads),
      kMaxHeaderBytes);
  HttpConnection::Error error;
  int reads_before = 0;  // other work had its turn
  asio::co_spawn(context, ReadOne(connection, error), asio::detached);
  asio::post(context, [&] { reads_before = reads; });
  context.run_for(20s);
  EXPECT_TRUE(error) << "it ended too early";
  EXPECT_EQ(reads_before, 1);
}

asio::awaitable<void> AwaitAndReadOne(HttpConnection& connection, HttpConnection::Error& error) {
  error = co_await connection.AwaitRequest(0ms);
  if (!error) co_await ReadOne(connection, error);
}

TEST(HttpConnectionTest, KeepsTheNextDeadlineThoughTheLastOneRanOutAtTheSameTime) {
  asio::io_context context;
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  tcp::socket client(context);
  client.connect(acceptor.local_endpoint());
  HttpConnection connection(std::make_unique<TcpStream>(acceptor.accept()), kMaxHeaderBytes);
  HttpConnection::Error error = asio::error::would_block;
  asio::co_spawn(context, AwaitAndReadOne(connection, error), asio::detached);
  context.run_one();  // it waits
  asio::write(client, asio::buffer("GET ", 4));
  context.poll();  // its bytes and its deadline come in one turn, the bytes first
  asio::write(client, asio::buffer("/ HTTP/1.0\r\n\r\n", 14));
  context.run_for(20s);
  EXPECT_FALSE(error) << error.message();
}

}  // namespace
}  // namespace ingress::net
