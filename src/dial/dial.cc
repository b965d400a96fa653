#include "dial/dial.h"

#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <string>
#include <utility>
#include <vector>

#include "net/await.h"
#include "net/deadline.h"

namespace ingress::dial {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

using net::kAwait;

using Endpoints = std::vector<tcp::endpoint>;

asio::awaitable<Result<Endpoints>> LookUp(std::string host, std::uint16_t port) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  auto [error, found] = co_await resolver.async_resolve(host, std::to_string(port), kAwait);
  if (error) co_return Fail(ErrorCode::kUnavailable, "look up " + host + ": " + error.message());
  Endpoints out;
  for (const auto& entry : found) out.push_back(entry.endpoint());
  co_return out;
}

bool IsAddress(const std::string& host) {
  boost::system::error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

asio::awaitable<Result<Endpoints>> Resolve(const ServerAddress& server) {
  // A literal address needs no resolver, and so no resolver thread.
  boost::system::error_code error;
  const auto literal = asio::ip::make_address(server.host, error);
  if (!error) co_return Endpoints{tcp::endpoint(literal, server.port)};
  co_return co_await net::WithDeadline(kDialTimeout, LookUp(server.host, server.port),
                                       "look up " + server.host);
}

/// Whether the other side has answered the handshake with something that is no TLS.
bool IsNoTls(boost::system::error_code error) {
  if (error.category() != asio::error::get_ssl_category()) return false;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
         reason == SSL_R_HTTP_REQUEST || reason == SSL_R_BAD_RECORD_TYPE;
}

std::unexpected<Error> FailTls(const ServerAddress& server, boost::system::error_code error,
                               const std::string& certificate, long verdict) {
  if (verdict != X509_V_OK) {
    return Fail(ErrorCode::kCertificate,
                "tls: the certificate of " + server.host + " is not believed: " +
                    X509_verify_cert_error_string(verdict) + " (it is " + certificate +
                    "; believed is what is in " + TrustedFiles(server.ca_cert_file) + ")");
  }
  const std::string step = "tls handshake with " + server.authority() + ": ";
  if (IsNoTls(error)) {
    return Fail(ErrorCode::kMalformed,
                step + "what answers there does not speak TLS; is ws:// meant, or another port?");
  }
  const bool timeout = error == boost::beast::error::timeout;
  return Fail(timeout ? ErrorCode::kTimeout : ErrorCode::kUnavailable, step + error.message());
}

/// Demands a certificate for this name or address.
bool DemandName(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (IsAddress(host)) return X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
  // Server name indication, RFC 6066 §3: names only, no addresses.
  return X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
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

asio::awaitable<Result<std::unique_ptr<TlsStream>>> DialTls(PlainStream tcp, ServerAddress server,
                                                            Trust trust) {
  if (!trust) {
    auto loaded = LoadTrust(server.ca_cert_file);
    if (!loaded) co_return std::unexpected(loaded.error());
    trust = std::move(*loaded);
  }
  // OpenSSL's session shares the context with ours, so `trust` may go at the end of this function.
  auto stream = std::make_unique<TlsStream>(std::move(tcp), *trust);
  boost::system::error_code error;
  auto refused = std::make_shared<std::string>();
  stream->set_verify_mode(asio::ssl::verify_peer, error);
  stream->set_verify_callback(
      [refused](bool believed, asio::ssl::verify_context& context) {
        const X509* shown = X509_STORE_CTX_get0_cert(context.native_handle());
        if (!believed && shown != nullptr) *refused = DescribeCertificate(*shown);
        return believed;
      },
      error);
  if (!DemandName(stream->native_handle(), server.host)) {
    co_return Fail(ErrorCode::kInternal, "tls: server name " + server.host);
  }
  stream->next_layer().expires_after(kDialTimeout);
  auto [failed] = co_await stream->async_handshake(asio::ssl::stream_base::client, kAwait);
  if (failed) {
    const long verdict = SSL_get_verify_result(stream->native_handle());
    co_return FailTls(server, failed, *refused, refused->empty() ? X509_V_OK : verdict);
  }
  stream->next_layer().expires_never();
  co_return std::move(stream);
}

}  // namespace ingress::dial
