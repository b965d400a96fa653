#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ingress::crypto {

template <auto Free>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

using KeyHandle = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using X509Handle = std::unique_ptr<X509, OpensslDeleter<X509_free>>;
using SslContextHandle = std::unique_ptr<SSL_CTX, OpensslDeleter<SSL_CTX_free>>;
using SslHandle = std::unique_ptr<SSL, OpensslDeleter<SSL_free>>;
using CipherHandle = std::unique_ptr<EVP_CIPHER_CTX, OpensslDeleter<EVP_CIPHER_CTX_free>>;
using MacHandle = std::unique_ptr<EVP_MAC_CTX, OpensslDeleter<EVP_MAC_CTX_free>>;
using BioHandle = std::unique_ptr<BIO, OpensslDeleter<BIO_free>>;
using BioMethodHandle = std::unique_ptr<BIO_METHOD, OpensslDeleter<BIO_meth_free>>;

/// kInternal with `step` and OpenSSL's own words; empties this thread's OpenSSL error queue.
std::unexpected<Error> FailOpenssl(std::string_view step);

}  // namespace ingress::crypto
