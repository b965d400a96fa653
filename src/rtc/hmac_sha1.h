#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/bytes.h"

namespace ingress::rtc {

/// HMAC-SHA1 (RFC 2104) with one key. Allocates nothing, not thread-safe.
///
/// OpenSSL 3.0's own, and its EVP digests, allocate a context a message. Its older SHA-1 interface
/// does not, and lets the key be hashed once.
class HmacSha1 {
 public:
  using Digest = std::array<std::uint8_t, 20>;

  /// `key`: at most 64 bytes (asserted).
  explicit HmacSha1(ByteView key);
  HmacSha1(const HmacSha1&) = default;
  HmacSha1& operator=(const HmacSha1&) = default;
  ~HmacSha1();

  /// The code of the parts, one behind the other.
  Digest Sign(std::initializer_list<ByteView> parts) const;

 private:
  SHA_CTX inner_{};  // has hashed the key, XOR ipad
  SHA_CTX outer_{};  // has hashed the key, XOR opad
};

}  // namespace ingress::rtc
