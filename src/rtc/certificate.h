#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/openssl_handle.h"

namespace ingress::rtc {

/// The self-signed ECDSA P-256 certificate that one session shows in its DTLS handshake.
/// Nobody checks its names or chain: the peer compares the fingerprint from the SDP (RFC 8122 §5).
class Certificate {
 public:
  /// A fresh key and certificate, valid from a day ago (peers' clocks differ) for 30 days.
  /// Errors: kInternal with OpenSSL's text.
  static Result<Certificate> Make();

  X509* x509() const { return x509_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

  /// The SHA-256 fingerprint as in `a=fingerprint:sha-256`: 32 upper-case hex pairs with colons.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  Certificate(crypto::KeyHandle key, crypto::X509Handle x509, std::string fingerprint);

  crypto::KeyHandle key_;
  crypto::X509Handle x509_;
  std::string fingerprint_;
};

/// The digest of `certificate` under `hash` ("sha-256", "sha-384" or "sha-512", any case).
/// Errors: kUnsupported for another hash, kInternal.
Result<Bytes> CertificateDigest(const X509& certificate, std::string_view hash);

}  // namespace ingress::rtc
