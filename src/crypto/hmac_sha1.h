#pragma once

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/openssl_handle.h"

namespace ingress::crypto {

/// HMAC-SHA1 (RFC 2104) with one key. Not thread-safe.
///
/// OpenSSL 3.0's own, and its EVP digests, allocate a context a message. Its older SHA-1 interface
/// does not, and lets the key be hashed once. Where OpenSSL is to do everything by its FIPS
/// provider, or has no older interface, its own is taken.
class HmacSha1 {
 public:
  static constexpr std::size_t kDigestSize = 20;
  static constexpr std::size_t kMaxKeySize = 64;  // a block of SHA-1
  using Digest = std::array<std::uint8_t, kDigestSize>;

  enum class Engine : std::uint8_t {
    kSha1,  // on the older interface; allocates nothing
    kEvp,
  };
  /// What this process should use.
  static Engine DefaultEngine();

  /// Errors: kMalformed for an empty key and one above kMaxKeySize, kUnsupported when this build
  /// has no such engine, kInternal when OpenSSL fails.
  static Result<HmacSha1> Make(ByteView key, Engine engine = DefaultEngine());

  HmacSha1(HmacSha1&&) = default;
  HmacSha1& operator=(HmacSha1&&) = default;
  ~HmacSha1();

  /// The code of the parts, one behind the other. False when OpenSSL fails.
  bool Sign(std::initializer_list<ByteView> parts, Digest& digest) const;

 private:
  HmacSha1() = default;
  bool SignByEvp(std::initializer_list<ByteView> parts, Digest& digest) const;

  SHA_CTX inner_{};  // has hashed the key, XOR ipad
  SHA_CTX outer_{};  // has hashed the key, XOR opad
  MacHandle evp_;    // has the key; null: the two above do it
};

}  // namespace ingress::crypto
