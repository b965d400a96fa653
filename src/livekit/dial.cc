#include "livekit/dial.h"

#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

#include "livekit/websocket_client.h"
#include "net/deadline.h"

namespace ingress::livekit {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

using Endpoints = std::vector<tcp::endpoint>;

asio::awaitable<Result<Endpoints>> LookUp(std::string host, std::uint16_t port) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  auto [error, found] = co_await resolver.async_resolve(host, std::to_string(port), kAwait);
  if (error) co_return Fail(ErrorCode::kUnavailable, "look up " + host + ": " + error.message());
  Endpoints out;
  for (const auto& entry : found) out.push_back(entry.endpoint());
  co_return out;
}

asio::awaitable<Result<Endpoints>> Resolve(const ServerAddress& server) {
  // A literal address needs no resolver, and so no resolver thread.
  boost::system::error_code error;
  const auto literal = asio::ip::make_address(server.host, error);
  if (!error) co_return Endpoints{tcp::endpoint(literal, server.port)};
  co_return co_await net::WithDeadline(kDialTimeout, LookUp(server.host, server.port),
                                       "look up " + server.host);
}

std::unexpected<Error> FailTls(const std::string& host, boost::system::error_code error,
                               long verify_result) {
  if (verify_result != X509_V_OK) {
    return Fail(ErrorCode::kUnauthorized, "tls: certificate of " + host + ": " +
                                              X509_verify_cert_error_string(verify_result));
  }
  const bool timeout = error == boost::beast::error::timeout;
  return Fail(timeout ? ErrorCode::kTimeout : ErrorCode::kUnavailable,
              "tls handshake with " + host + ": " + error.message());
}

}  // namespace

asio::awaitable<Result<PlainStream>> DialTcp(ServerAddress server) {
  const auto endpoints = co_await Resolve(server);
  if (!endpoints) co_return std::unexpected(endpoints.error());
  PlainStream stream(co_await asio::this_coro::executor);
  stream.expires_after(kDialTimeout);
  auto [error, endpoint] = co_await stream.async_connect(*endpoints, kAwait);
  if (error) {
    const bool timeout = error == boost::beast::error::timeout;
    co_return Fail(timeout ? ErrorCode::kTimeout : ErrorCode::kUnavailable,
                   "connect to " + server.authority() + ": " + error.message());
  }
  stream.socket().set_option(tcp::no_delay(true), error);
  stream.expires_never();
  co_return std::move(stream);
}

asio::awaitable<Result<std::unique_ptr<TlsStream>>> DialTls(PlainStream tcp, std::string host) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  boost::system::error_code error;
  context.set_default_verify_paths(error);
  // OpenSSL's session shares the context with ours, so `context` may go at the end of this
  // function.
  auto stream = std::make_unique<TlsStream>(std::move(tcp), context);
  stream->set_verify_mode(asio::ssl::verify_peer, error);
  stream->set_verify_callback(asio::ssl::host_name_verification(host), error);
  // Server name indication, RFC 6066 §3: names only, no addresses.
  asio::ip::make_address(host, error);
  if (error && SSL_set_tlsext_host_name(stream->native_handle(), host.c_str()) != 1) {
    co_return Fail(ErrorCode::kInternal, "tls: server name " + host);
  }
  stream->next_layer().expires_after(kDialTimeout);
  auto [failed] = co_await stream->async_handshake(asio::ssl::stream_base::client, kAwait);
  if (failed) {
    co_return FailTls(host, failed, SSL_get_verify_result(stream->native_handle()));
  }
  stream->next_layer().expires_never();
  co_return std::move(stream);
}

}  // namespace ingress::livekit
