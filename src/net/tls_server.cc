#include "net/tls_server.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <string>
#include <utility>

namespace ingress::net {
namespace {

using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;
using Certificate = std::unique_ptr<X509, decltype([](X509* one) { X509_free(one); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;

constexpr int kMaxChain = 16;  // certificates; public chains have two to four

constexpr int kMaxSent = 4096;  // bytes a record; encoders are sent a few hundred

Bio Reader(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Called for a key with a passphrase: there is nobody to ask.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

WallClock::time_point TimeOf(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return {};
  return WallClock::from_time_t(timegm(&utc));
}

std::unexpected<Error> Unusable(std::string_view what) {
  return Fail(ErrorCode::kMalformed, std::string(what));
}

}  // namespace

std::string TakeOpensslReason() {
  unsigned long code = 0;
  while (const unsigned long newer = ERR_get_error()) code = newer;
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown" : reason;
}

Result<std::shared_ptr<const TlsServer>> TlsServer::Make(std::string_view certificate,
                                                         std::string_view key) {
  Context context(SSL_CTX_new(TLS_server_method()));
  if (!context) return Fail(ErrorCode::kInternal, "TLS: " + TakeOpensslReason());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Encoders connect once an hour: nothing is kept for them, and nobody may shake hands twice.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // Idle connections hold no buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_max_send_fragment(context.get(), kMaxSent);
  SSL_CTX_set_read_ahead(context.get(), 1);  // else each record is two system calls
  std::shared_ptr<TlsServer> server(new TlsServer(std::move(context)));
  ERR_clear_error();
  if (auto used = server->UseCertificate(certificate); !used) return std::unexpected(used.error());
  if (auto used = server->UseKey(key); !used) return std::unexpected(used.error());
  return server;
}

Result<void> TlsServer::UseCertificate(std::string_view pem) {
  const Bio reader = Reader(pem);
  const Certificate own(PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
  if (!own) return Unusable("no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  if (SSL_CTX_use_certificate(context_.get(), own.get()) != 1) {
    return Unusable("the certificate cannot be used: " + TakeOpensslReason());
  }
  not_before_ = TimeOf(X509_get0_notBefore(own.get()));
  not_after_ = TimeOf(X509_get0_notAfter(own.get()));
  for (int i = 0; i < kMaxChain; ++i) {
    Certificate authority(PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
    if (!authority) break;
    if (SSL_CTX_add0_chain_cert(context_.get(), authority.get()) != 1) {
      return Unusable("a certificate of the chain cannot be used: " + TakeOpensslReason());
    }
    (void)authority.release();  // the context's now
  }
  // The end of the text is the one error that is none.
  const unsigned long last = ERR_peek_last_error();
  ERR_clear_error();
  if (last != 0 && ERR_GET_REASON(last) != PEM_R_NO_START_LINE) {
    return Unusable("a certificate of the chain is damaged");
  }
  return {};
}

Result<void> TlsServer::UseKey(std::string_view pem) {
  const Bio reader = Reader(pem);
  bool passphrase = false;
  const Key key(PEM_read_bio_PrivateKey(reader.get(), nullptr, NoPassphrase, &passphrase));
  ERR_clear_error();
  if (passphrase) return Unusable("the key has a passphrase; a service needs one without");
  if (!key) return Unusable("no private key in PEM (-----BEGIN PRIVATE KEY-----)");
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1) return {};
  const bool other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                     ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
  const std::string reason = TakeOpensslReason();
  return Unusable(other ? "the key is not the certificate's" : "the key cannot be used: " + reason);
}

SslHandle TlsServer::NewConnection() const { return SslHandle(SSL_new(context_.get())); }

}  // namespace ingress::net
