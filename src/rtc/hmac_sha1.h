#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/openssl_handle.h"
#include "rtc/secret_bytes.h"

namespace ingress::rtc {

/// HMAC-SHA1 (RFC 2104) with one key. Unlike OpenSSL's own, which copies a context a message, it
/// allocates nothing once it is made. Not thread-safe.
class HmacSha1 {
 public:
  using Digest = std::array<std::uint8_t, 20>;

  /// Errors: kLimitExceeded for a key longer than a block of 64 bytes, kInternal when OpenSSL
  /// fails.
  static Result<HmacSha1> Make(ByteView key);

  /// The code of the parts, one behind the other. Errors: kInternal when OpenSSL fails.
  Result<Digest> Sign(std::initializer_list<ByteView> parts);

 private:
  HmacSha1(DigestHandle context, SecretBytes inner, SecretBytes outer);

  /// SHA-1 of `pad` and what follows it.
  bool Hash(ByteView pad, std::initializer_list<ByteView> parts, Digest& out);

  DigestHandle context_;
  SecretBytes inner_;  // the key, XOR ipad
  SecretBytes outer_;  // the key, XOR opad
};

}  // namespace ingress::rtc
