#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "flv/tag.h"

namespace ingress::relay_client {

/// Reads one generation of a publish from the relay (see relay/server.h for the endpoint).
///
/// Confined to its executor. Close() it and let a pending Read() return before it is destroyed.
class StreamClient {
 public:
  struct Options {
    std::chrono::milliseconds connect_deadline{5000};
    std::chrono::milliseconds response_deadline{5000};  // from the request to its whole header
    int receive_buffer = 64 * 1024;  // bytes; small, so that no seconds of media hide in the kernel
  };

  /// Connects to `url` (http://<IPv4 address>:<port>/…) and awaits the response header.
  /// Errors: kMalformed for the URL; kUnavailable when nobody listens; kTimeout; kUnauthorized for
  /// status 403; kNotFound for 404; kUnavailable for any other status but 200. No error shows the
  /// URL's query, which holds a token.
  static boost::asio::awaitable<Result<std::unique_ptr<StreamClient>>> Connect(
      boost::asio::any_io_executor executor, std::string url, Options options);

  ~StreamClient();
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;

  /// The tags that have arrived, at least one; none means the publish ended in order. Waits as long
  /// as the encoder is silent. One call at a time.
  /// Errors: kClosed when the connection broke or after Close(); kMalformed, kLimitExceeded from
  /// the FLV reader.
  boost::asio::awaitable<Result<std::vector<flv::Tag>>> Read();

  /// Ends the connection; a pending Read() returns kClosed. Idempotent.
  void Close();

 private:
  class Impl;
  explicit StreamClient(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace ingress::relay_client
