// SHA1_* are deprecated in favour of EVP; the header says why they are used.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/hmac_sha1.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <cstddef>
#include <string>

#include "crypto/secret_bytes.h"

namespace ingress::crypto {
namespace {

#ifdef OPENSSL_NO_DEPRECATED_3_0
constexpr bool kHasSha1 = false;
bool StartWithKey(SHA_CTX& /*state*/, ByteView /*key*/, std::uint8_t /*pad*/) { return false; }
bool Digested(const SHA_CTX& /*start*/, std::initializer_list<ByteView> /*parts*/,
              HmacSha1::Digest& /*digest*/) {
  return false;
}
#else
constexpr bool kHasSha1 = true;

bool StartWithKey(SHA_CTX& state, ByteView key, std::uint8_t pad) {
  SecretArray<HmacSha1::kMaxKeySize> block;
  block.bytes().fill(pad);
  for (std::size_t i = 0; i < key.size(); ++i) block.bytes().at(i) ^= key[i];
  return SHA1_Init(&state) == 1 &&
         SHA1_Update(&state, block.bytes().data(), block.bytes().size()) == 1;
}

bool Digested(const SHA_CTX& start, std::initializer_list<ByteView> parts,
              HmacSha1::Digest& digest) {
  SHA_CTX state = start;
  for (const ByteView part : parts) {
    if (SHA1_Update(&state, part.data(), part.size()) != 1) return false;
  }
  return SHA1_Final(digest.data(), &state) == 1;
}
#endif

constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5c;

MacHandle MakeEvp(ByteView key) {
  using Mac = std::unique_ptr<EVP_MAC, OpensslDeleter<EVP_MAC_free>>;
  const Mac hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  if (!hmac) return nullptr;
  MacHandle context(EVP_MAC_CTX_new(hmac.get()));
  std::string digest = "SHA1";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  if (!context || EVP_MAC_init(context.get(), key.data(), key.size(), parameters) != 1) {
    return nullptr;
  }
  return context;
}

}  // namespace

HmacSha1::Engine HmacSha1::DefaultEngine() {
  return kHasSha1 && EVP_default_properties_is_fips_enabled(nullptr) == 0 ? Engine::kSha1
                                                                          : Engine::kEvp;
}

Result<HmacSha1> HmacSha1::Make(ByteView key, Engine engine) {
  if (key.empty() || key.size() > kMaxKeySize) {
    return Fail(ErrorCode::kMalformed,
                "HMAC-SHA1: key of " + std::to_string(key.size()) + " bytes");
  }
  HmacSha1 hmac;
  if (engine == Engine::kEvp) {
    hmac.evp_ = MakeEvp(key);
    if (!hmac.evp_) return FailOpenssl("HMAC-SHA1");
    return hmac;
  }
  if (!kHasSha1) return Fail(ErrorCode::kUnsupported, "HMAC-SHA1: OpenSSL has no SHA1_Init");
  if (!StartWithKey(hmac.inner_, key, kInnerPad) || !StartWithKey(hmac.outer_, key, kOuterPad)) {
    return FailOpenssl("HMAC-SHA1");
  }
  return hmac;
}

HmacSha1::~HmacSha1() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

bool HmacSha1::Sign(std::initializer_list<ByteView> parts, Digest& digest) const {
  if (evp_) return SignByEvp(parts, digest);
  return Digested(inner_, parts, digest) && Digested(outer_, {digest}, digest);
}

bool HmacSha1::SignByEvp(std::initializer_list<ByteView> parts, Digest& digest) const {
  // Without a key it starts over with the one it has.
  if (EVP_MAC_init(evp_.get(), nullptr, 0, nullptr) != 1) return false;
  for (const ByteView part : parts) {
    if (EVP_MAC_update(evp_.get(), part.data(), part.size()) != 1) return false;
  }
  std::size_t size = 0;
  return EVP_MAC_final(evp_.get(), digest.data(), &size, digest.size()) == 1 &&
         size == digest.size();
}

}  // namespace ingress::crypto
