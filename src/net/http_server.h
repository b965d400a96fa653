#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/step_throttle.h"
#include "net/tls_server.h"

namespace ingress::net {

struct HttpRequest {
  std::string method;  // upper case as sent: "GET"
  std::string path;    // percent-encoded as sent, without the query: "/metrics"
  std::string query;   // without '?'
  std::map<std::string, std::string> headers;  // names in lower case; the last of a repeated one
  std::string body;
  std::string peer;   // "address:port", for logs
  std::string party;  // AddressGroup() of the same, for limits
};

/// Names and values; a name may come several times.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";  // empty: none
  std::string body;
  HttpHeaders headers = {};  // further ones, such as "Location"
};

/// Answers one request. Runs on the server's executor and must not block.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// The same for an answer that takes a while. The request lives until then.
using AsyncHttpHandler =
    std::function<boost::asio::awaitable<HttpResponse>(const HttpRequest& request)>;

struct HttpServerOptions {
  std::string address = {};  // numeric, IPv4 or IPv6; empty: all addresses of both families
  std::uint16_t port = 0;    // 0: any free one
  std::size_t max_header_bytes = 8 * 1024;
  std::size_t max_body_bytes = 64 * 1024;
  std::size_t max_connections = 32;  // for one more, who asks nothing goes
  /// For the first byte, from the connection; with TLS, once more from the end of the handshake.
  std::chrono::milliseconds first_byte{2'000};
  /// For a request or a TLS handshake to be whole, and for the next request to begin.
  std::chrono::milliseconds idle{10'000};
  std::chrono::milliseconds write{10'000};  // for a response to be taken
  /// Makes of an answer that the server gives by itself one that suits its clients.
  std::function<HttpResponse(HttpResponse)> on_refusal = {};
  /// Answers are given in its steps, one at a time, so that nobody can keep the thread by asking.
  /// Null: at once. Outlives the server.
  StepThrottle* throttle = nullptr;
  /// The certificate that the next connection is shown; empty: connections are plain. Only with a
  /// throttle, whose steps handshakes are done in.
  std::function<std::shared_ptr<const TlsServer>()> tls = {};
  /// Called when a TLS handshake has failed, but for clients that say nothing.
  std::function<void(const std::string& peer, const Error& error)> on_tls_failure = {};
  /// Called when a connection had to go, with the "address:port" of who came.
  std::function<void(const std::string& peer)> on_crowded = {};
};

/// A small HTTP/1.1 server for the WHIP endpoint and for health, metrics and status pages:
/// keep-alive, no streaming.
///
/// Confined to `executor` (one thread or a strand). Start() once, await Stop() before it goes.
/// What it answers by itself: 400 for a request that does not parse, 413 for a body and 431 for a
/// header above its limit; a client that misses a deadline, or does not get through its TLS
/// handshake, is disconnected. When there are too many clients, the oldest that has sent nothing
/// goes, or else the oldest whose request is not whole (of TLS: that has sent its ClientHello): a
/// probe finds a place however many connections others leave open.
class HttpServer {
 public:
  /// Binds and listens. Errors: kMalformed for an address that is not numeric, kUnavailable when
  /// the port cannot be had.
  static Result<std::unique_ptr<HttpServer>> Listen(boost::asio::any_io_executor executor,
                                                    HttpServerOptions options, HttpHandler handler);
  static Result<std::unique_ptr<HttpServer>> ListenAsync(boost::asio::any_io_executor executor,
                                                         HttpServerOptions options,
                                                         AsyncHttpHandler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;

  /// Begins to accept connections.
  void Start();

  /// Closes the listener and all connections; returns when none of its coroutines is left.
  boost::asio::awaitable<void> Stop();

  std::size_t connections() const;

 private:
  class Impl;
  static Result<std::unique_ptr<HttpServer>> Make(boost::asio::any_io_executor executor,
                                                  HttpServerOptions options,
                                                  AsyncHttpHandler handler);
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ingress::net
