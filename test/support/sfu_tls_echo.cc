#include "support/sfu_tls_echo.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "base/ids.h"
#include "crypto/openssl_handle.h"
#include "net/await.h"

namespace ingress::test {
namespace {

namespace asio = boost::asio;
using net::kAwait;

void Rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

/// A certificate for the address 127.0.0.1, its own issuer.
crypto::X509Handle MakeCertificate(EVP_PKEY* key) {
  crypto::X509Handle x509(X509_new());
  EXPECT_EQ(X509_set_version(x509.get(), X509_VERSION_3), 1);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
  const std::array<unsigned char, 4> name = {'t', 'e', 's', 't'};
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509.get()), "CN", MBSTRING_ASC, name.data(),
                             name.size(), -1, 0);
  X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get()));
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(x509.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_set_pubkey(x509.get(), key);
  EXPECT_NE(X509_sign(x509.get(), key, EVP_sha256()), 0);
  return x509;
}

}  // namespace

TlsEcho::TlsEcho(asio::io_context& io)
    : io_(io),
      context_(asio::ssl::context::tls_server),
      acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
      certificate_file_(std::filesystem::temp_directory_path() / NewId("tls_echo_")) {
  const crypto::KeyHandle key(EVP_EC_gen("P-256"));
  const crypto::X509Handle x509 = MakeCertificate(key.get());
  EXPECT_EQ(SSL_CTX_use_certificate(context_.native_handle(), x509.get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context_.native_handle(), key.get()), 1);
  std::FILE* file = std::fopen(certificate_file_.c_str(), "w");
  EXPECT_NE(file, nullptr);
  EXPECT_EQ(PEM_write_X509(file, x509.get()), 1);
  std::fclose(file);
  asio::co_spawn(io_, Accept(), Rethrow);
}

TlsEcho::~TlsEcho() { std::filesystem::remove(certificate_file_); }

asio::awaitable<void> TlsEcho::Accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(kAwait);
    if (error) co_return;
    asio::co_spawn(io_, Echo(std::move(socket)), Rethrow);
  }
}

asio::awaitable<void> TlsEcho::Echo(asio::ip::tcp::socket socket) {
  asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), context_);
  auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kAwait);
  std::array<char, 1024> buffer;
  while (!error) {
    auto [read_error, size] = co_await stream.async_read_some(asio::buffer(buffer), kAwait);
    if (read_error) co_return;
    co_await asio::async_write(stream, asio::buffer(buffer.data(), size), kAwait);
  }
}

}  // namespace ingress::test
