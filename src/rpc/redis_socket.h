#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "rpc/redis_options.h"

namespace ingress::rpc {

/// One TCP connection to a Redis server, encrypted where the options say so.
class RedisSocket {
 public:
  RedisSocket(const boost::asio::any_io_executor& executor, const RedisTls& tls);

  /// Connects and, with TLS, shakes hands. `host`: as configured, for the certificate's name.
  /// Errors: kUnavailable; kCertificate for one that is not believed; kMalformed for
  /// files that cannot be used.
  boost::asio::awaitable<Result<void>> Connect(
      boost::asio::ip::tcp::resolver::results_type endpoints, std::string host);

  /// TLS was begun and has not come to its end.
  bool shaking_hands() const { return shaking_hands_; }

  /// At least one byte. Errors: kClosed when the server hangs up, kUnavailable.
  boost::asio::awaitable<Result<std::size_t>> ReadSome(boost::asio::mutable_buffer buffer);

  /// All of it; `bytes` must stay. Errors: kUnavailable.
  boost::asio::awaitable<Result<void>> Write(ByteView bytes);

  /// Ends everything under way. Idempotent.
  void Close();

 private:
  boost::asio::awaitable<Result<void>> Handshake(std::string host);

  const RedisTls& options_;
  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  bool shaking_hands_ = false;
};

}  // namespace ingress::rpc
