#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "net/byte_stream.h"

namespace ingress::net {

/// The server's side of one HTTP/1.1 connection, plain or of TLS: requests in, responses out. What
/// is not done in its time closes the connection.
///
/// Confined to the stream's executor. One call is under way at a time, but for Close() and Abort().
class HttpConnection {
 public:
  using Error = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Message = boost::beast::http::response<boost::beast::http::string_body>;

  /// `max_header_bytes`: of a request's header, and of anything else in it that has no end yet,
  /// such as the line before a chunk.
  HttpConnection(std::unique_ptr<ByteStream> stream, std::size_t max_header_bytes);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// Waits until the client has sent anything, be it of a TLS handshake, and reads nothing.
  boost::asio::awaitable<Error> AwaitInput(std::chrono::milliseconds within);

  /// Waits for the first bytes of a request.
  boost::asio::awaitable<Error> AwaitRequest(std::chrono::milliseconds within);

  /// Reads one request, of which `parser` knows the body's limit. Errors: those of the parser, and
  /// of the stream.
  boost::asio::awaitable<Error> Read(Parser& parser, std::chrono::milliseconds within);

  boost::asio::awaitable<Error> Write(Message message, std::chrono::milliseconds within);

  /// Says that nothing more will be written.
  Error EndWriting() { return stream_->EndWriting(); }

  /// Takes what the client still sends, `most` bytes of it, until it ends.
  boost::asio::awaitable<void> Drain(std::size_t most, std::chrono::milliseconds within);

  void Close() { stream_->Close(); }
  void Abort() { stream_->Abort(); }

 private:
  boost::asio::awaitable<Error> Fill();
  void Arm(std::chrono::milliseconds within);
  void Disarm();

  std::unique_ptr<ByteStream> stream_;
  const std::size_t max_header_bytes_;
  boost::beast::flat_buffer buffer_;  // what has come of the next request
  boost::asio::steady_timer deadline_;
  std::uint64_t arming_ = 0;  // number of the last Arm() or Disarm()
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // the timer's handler looks
};

}  // namespace ingress::net
