#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace ingress::net {

struct OpensslFree {
  void operator()(SSL* connection) const { SSL_free(connection); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslHandle = std::unique_ptr<SSL, OpensslFree>;

/// What a TLS server shows its clients: certificate chain and key, TLS 1.2 or newer. Immutable; the
/// connections made of it share it.
class TlsServer {
 public:
  /// Both texts are PEM; the certificate's own comes first, then those of its authorities. Errors:
  /// kMalformed, in words for who has put the files there, without any of their content.
  static Result<std::shared_ptr<const TlsServer>> Make(std::string_view certificate,
                                                       std::string_view key);

  /// The server's side of one connection, without a socket. Null when out of memory.
  SslHandle NewConnection() const;

  /// The certificate is valid from then until then.
  WallClock::time_point not_before() const { return not_before_; }
  WallClock::time_point not_after() const { return not_after_; }

 private:
  using Context = std::unique_ptr<SSL_CTX, OpensslFree>;

  explicit TlsServer(Context context) : context_(std::move(context)) {}
  Result<void> UseCertificate(std::string_view pem);
  Result<void> UseKey(std::string_view pem);

  Context context_;
  WallClock::time_point not_before_{};
  WallClock::time_point not_after_{};
};

/// OpenSSL's newest reason in words, and an empty error queue; "unknown" without one.
std::string TakeOpensslReason();

}  // namespace ingress::net
