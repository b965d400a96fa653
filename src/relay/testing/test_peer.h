#pragma once

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "flv/stream_reader.h"
#include "net/await.h"
#include "relay/testing/test_tags.h"

namespace ingress::relay::testing {

/// A raw HTTP peer: sends what it is told, reads what comes.
class Peer {
 public:
  Peer(boost::asio::any_io_executor executor, std::uint16_t port) : socket_(executor) {
    socket_.open(boost::asio::ip::tcp::v4());
    socket_.set_option(boost::asio::socket_base::receive_buffer_size(16 * 1024));
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
  }

  void Send(std::string_view text) { boost::asio::write(socket_, boost::asio::buffer(text)); }
  void Get(std::string_view target) {
    Send("GET " + std::string(target) + " HTTP/1.1\r\nHost: relay\r\n\r\n");
  }

  /// Reads until `text` has come; false at the end of the stream.
  boost::asio::awaitable<bool> ReadUntil(std::string_view text) {
    while (received_.find(text) == std::string::npos) {
      if (!co_await ReadMore()) co_return false;
    }
    co_return true;
  }

  boost::asio::awaitable<std::string> ReadToEnd() {
    while (co_await ReadMore()) {
    }
    co_return received_;
  }

  /// Reads until `count` tags of the chunked FLV body have come.
  boost::asio::awaitable<std::vector<std::string>> ReadTags(std::size_t count) {
    while (Tags().size() < count && co_await ReadMore()) {
    }
    co_return Tags();
  }

  std::vector<std::string> Tags() const {
    flv::StreamReader reader;
    const Bytes body = Body();
    EXPECT_TRUE(reader.Receive(body));
    return Notation(reader.TakeTags());
  }

  /// Whether the body came to its regular end.
  bool complete() const { return received_.ends_with("\r\n0\r\n\r\n"); }
  const std::string& received() const { return received_; }
  void Close() { socket_.close(); }

 private:
  boost::asio::awaitable<bool> ReadMore() {
    std::array<char, 64 * 1024> chunk;
    const auto [ec, size] =
        co_await socket_.async_read_some(boost::asio::buffer(chunk), net::kAwait);
    received_.append(chunk.data(), size);
    co_return !ec;
  }

  /// The whole chunks received so far, taken out of their framing.
  Bytes Body() const {
    Bytes body;
    std::size_t at = received_.find("\r\n\r\n");
    if (at == std::string::npos) return body;
    for (at += 4; at < received_.size();) {
      const std::size_t line_end = received_.find("\r\n", at);
      if (line_end == std::string::npos) break;
      std::size_t size = 0;
      std::from_chars(received_.data() + at, received_.data() + line_end, size, 16);
      at = line_end + 2;
      if (at + size + 2 > received_.size()) break;
      body.insert(body.end(), received_.begin() + static_cast<std::ptrdiff_t>(at),
                  received_.begin() + static_cast<std::ptrdiff_t>(at + size));
      at += size + 2;
    }
    return body;
  }

  boost::asio::ip::tcp::socket socket_;
  std::string received_;
};

}  // namespace ingress::relay::testing
