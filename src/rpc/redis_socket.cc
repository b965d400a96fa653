#include "rpc/redis_socket.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <utility>

#include "base/helper_thread.h"
#include "net/await.h"
#include "net/elsewhere.h"

namespace ingress::rpc {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;

using net::kAwait;

bool IsAddress(const std::string& host) {
  boost::system::error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

using Context = Result<std::shared_ptr<ssl::context>>;

Context LoadFiles(const RedisTls& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  boost::system::error_code error;
  if (options.ca_cert_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(options.ca_cert_file, error);
  }
  if (error) {
    return Fail(ErrorCode::kMalformed, "tls: ca_cert_file cannot be used: " + error.message());
  }
  if (options.client_cert_file.empty()) return context;
  context->use_certificate_chain_file(options.client_cert_file, error);
  if (!error) context->use_private_key_file(options.client_key_file, ssl::context::pem, error);
  if (!error) return context;
  return Fail(ErrorCode::kMalformed,
              "tls: client_cert_file or client_key_file cannot be used: " + error.message());
}

}  // namespace

RedisSocket::RedisSocket(const asio::any_io_executor& executor, const RedisTls& tls)
    : options_(tls), socket_(executor) {}

asio::awaitable<Result<void>> RedisSocket::Connect(tcp::resolver::results_type endpoints,
                                                   std::string host) {
  const auto [error, endpoint] = co_await asio::async_connect(socket_, endpoints, kAwait);
  if (error) co_return Fail(ErrorCode::kUnavailable, "connect: " + error.message());
  boost::system::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);  // slower without, that is all
  if (!options_.enabled) co_return Result<void>{};
  co_return co_await Handshake(std::move(host));
}

asio::awaitable<Result<void>> RedisSocket::Handshake(std::string host) {
  // Read anew at each connection, because certificates are renewed while we run.
  Result<Context> loaded =
      co_await net::Elsewhere(FileThread(), [options = options_] { return LoadFiles(options); });
  if (!loaded) co_return std::unexpected(loaded.error());
  if (!*loaded) co_return std::unexpected(loaded->error());
  context_ = std::move(**loaded);
  SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION);
  tls_.emplace(socket_, *context_);
  const std::string name = options_.server_name.empty() ? host : options_.server_name;
  boost::system::error_code ignored;
  if (options_.insecure) {
    tls_->set_verify_mode(ssl::verify_none, ignored);
  } else {
    tls_->set_verify_mode(ssl::verify_peer, ignored);
    tls_->set_verify_callback(ssl::host_name_verification(name), ignored);
  }
  if (!IsAddress(name)) SSL_set_tlsext_host_name(tls_->native_handle(), name.c_str());
  shaking_hands_ = true;
  const auto [error] = co_await tls_->async_handshake(ssl::stream_base::client, kAwait);
  shaking_hands_ = false;
  if (!error) co_return Result<void>{};
  const long verdict = SSL_get_verify_result(tls_->native_handle());
  if (verdict != X509_V_OK) {
    co_return Fail(ErrorCode::kCertificate,
                   "tls: the certificate is not believed: " +
                       std::string(X509_verify_cert_error_string(verdict)));
  }
  co_return Fail(ErrorCode::kUnavailable, "tls: " + error.message());
}

asio::awaitable<Result<std::size_t>> RedisSocket::ReadSome(asio::mutable_buffer buffer) {
  const auto [error, size] = tls_ ? co_await tls_->async_read_some(buffer, kAwait)
                                  : co_await socket_.async_read_some(buffer, kAwait);
  if (error == asio::error::eof || error == asio::error::connection_reset) {
    co_return Fail(ErrorCode::kClosed, "read: it hangs up");
  }
  if (error) co_return Fail(ErrorCode::kUnavailable, "read: " + error.message());
  co_return size;
}

asio::awaitable<Result<void>> RedisSocket::Write(ByteView bytes) {
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  const auto [error, size] = tls_ ? co_await asio::async_write(*tls_, buffer, kAwait)
                                  : co_await asio::async_write(socket_, buffer, kAwait);
  if (error) co_return Fail(ErrorCode::kUnavailable, "write: " + error.message());
  co_return Result<void>{};
}

void RedisSocket::Close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace ingress::rpc
