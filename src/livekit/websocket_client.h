#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "dial/http_get.h"
#include "livekit/signal_url.h"

namespace ingress::livekit {

inline constexpr std::size_t kMaxSignalMessage = 4 * 1024 * 1024;  // bytes, either way
inline constexpr std::chrono::seconds kUpgradeTimeout{
    10};  // the SFU answers after its first message

using dial::ServerRequest;

/// A WebSocket (RFC 6455) over TCP or TLS that carries binary messages, as their client.
///
/// One Read() and one Write() may be under way at a time. Pings of the peer are answered by Read().
class WebSocketClient {
 public:
  /// Connects and upgrades, on the caller's executor.
  /// Errors: those of dial::DialTcp() and dial::DialTls(); kUnavailable for HTTP 5xx, kUnauthorized
  /// (401, 403), kNotFound (404), kMalformed (other 4xx, or no HTTP at all); those with the
  /// server's own words, without the token.
  static boost::asio::awaitable<Result<std::unique_ptr<WebSocketClient>>> Connect(
      ServerRequest request);
  virtual ~WebSocketClient() = default;

  /// The next message. Errors: kClosed, kLimitExceeded above kMaxSignalMessage.
  virtual boost::asio::awaitable<Result<Bytes>> Read() = 0;

  /// Sends one message. Errors: kClosed.
  virtual boost::asio::awaitable<Result<void>> Write(Bytes message) = 0;

  /// Cuts the connection without a goodbye; Read() and Write() return.
  virtual void Abort() = 0;

  /// Where the server was found.
  virtual boost::asio::ip::address remote_address() const = 0;
};

/// The error that HTTP status `status` with `body` means; the token is cut out of the body.
Error ErrorOfStatus(unsigned status, std::string body, const std::string& token);

}  // namespace ingress::livekit
