#include "net/http_connection.h"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/serializer.hpp>
#include <cstdint>
#include <string>
#include <utility>

namespace ingress::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t kPiece = 4096;  // bytes of one read

std::string BytesOf(HttpConnection::Message& message) {
  std::string bytes;
  http::response_serializer<http::string_body> serializer(message);
  beast::error_code error;
  while (!serializer.is_done() && !error) {
    serializer.next(error, [&](beast::error_code&, const auto& buffers) {
      bytes += beast::buffers_to_string(buffers);
      serializer.consume(beast::buffer_bytes(buffers));
    });
  }
  return bytes;
}

}  // namespace

HttpConnection::HttpConnection(std::unique_ptr<ByteStream> stream, std::size_t max_header_bytes)
    : stream_(std::move(stream)),
      max_header_bytes_(max_header_bytes),
      deadline_(stream_->executor()) {}

asio::awaitable<HttpConnection::Error> HttpConnection::AwaitInput(
    std::chrono::milliseconds within) {
  Arm(within);
  const Error error = co_await stream_->AwaitInput();
  Disarm();
  co_return error;
}

asio::awaitable<HttpConnection::Error> HttpConnection::AwaitRequest(
    std::chrono::milliseconds within) {
  if (buffer_.size() > 0) co_return Error{};  // it was sent with the last one
  Arm(within);
  const Error error = co_await Fill();
  Disarm();
  co_return error;
}

asio::awaitable<HttpConnection::Error> HttpConnection::Read(Parser& parser,
                                                            std::chrono::milliseconds within) {
  stream_->RenewLimit();  // each request may be as large as the first
  parser.eager(true);     // the body, too
  parser.header_limit(static_cast<std::uint32_t>(max_header_bytes_));
  Arm(within);
  Error error;
  while (true) {
    const std::size_t used = parser.put(buffer_.data(), error);
    buffer_.consume(used);
    if (error && error != http::error::need_more) break;
    error = {};
    if (parser.is_done()) break;
    if (used > 0 && buffer_.size() > 0) continue;
    // The parser limits neither a chunk's line nor a trailer: it waits for their ends.
    if (buffer_.size() > max_header_bytes_ + kPiece) {
      error = http::error::header_limit;
      break;
    }
    error = co_await Fill();
    if (error == asio::error::eof) {
      error = {};
      parser.put_eof(error);
      if (!error) error = http::error::end_of_stream;
    }
    if (error) break;
  }
  Disarm();
  co_return error;
}

asio::awaitable<HttpConnection::Error> HttpConnection::Write(Message message,
                                                             std::chrono::milliseconds within) {
  const std::string bytes = BytesOf(message);
  Arm(within);
  const Error error = co_await stream_->Write(asio::buffer(bytes));
  Disarm();
  co_return error;
}

asio::awaitable<void> HttpConnection::Drain(std::size_t most, std::chrono::milliseconds within) {
  Arm(within);
  Error error;
  for (std::size_t drained = 0; !error && drained < most; drained += buffer_.size()) {
    buffer_.clear();
    error = co_await Fill();
  }
  Disarm();
}

/// Adds what comes next to the buffer. Whoever sends faster than we read must not keep the thread.
asio::awaitable<HttpConnection::Error> HttpConnection::Fill() {
  const ByteStream::Transfer transfer = co_await stream_->Read(buffer_.prepare(kPiece));
  buffer_.commit(transfer.size);
  if (transfer.size == kPiece) co_await asio::post(stream_->executor(), asio::use_awaitable);
  co_return transfer.error;
}

void HttpConnection::Arm(std::chrono::milliseconds within) {
  const std::uint64_t arming = ++arming_;
  deadline_.expires_after(within);
  // A timer that has run out is not cancelled any more: its handler may come after the next Arm().
  deadline_.async_wait([this, arming, alive = std::weak_ptr(alive_)](const Error& moved) {
    if (!moved && !alive.expired() && arming == arming_) stream_->Close();
  });
}

void HttpConnection::Disarm() {
  ++arming_;
  deadline_.cancel();
}

}  // namespace ingress::net
