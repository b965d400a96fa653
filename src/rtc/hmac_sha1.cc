// SHA1_* are deprecated in favour of EVP; the header says why they are used.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "rtc/hmac_sha1.h"

#include <cassert>
#include <cstddef>

#include "rtc/secret_bytes.h"

namespace ingress::rtc {
namespace {

constexpr std::size_t kBlockSize = 64;
constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5c;

SHA_CTX AfterKey(ByteView key, std::uint8_t pad) {
  SecretBytes block(kBlockSize, pad);
  for (std::size_t i = 0; i < key.size(); ++i) block[i] ^= key[i];
  SHA_CTX state;
  SHA1_Init(&state);
  SHA1_Update(&state, block.data(), block.size());
  return state;
}

}  // namespace

HmacSha1::HmacSha1(ByteView key)
    : inner_(AfterKey(key, kInnerPad)), outer_(AfterKey(key, kOuterPad)) {
  assert(key.size() <= kBlockSize);
}

HmacSha1::~HmacSha1() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

HmacSha1::Digest HmacSha1::Sign(std::initializer_list<ByteView> parts) const {
  Digest digest{};
  SHA_CTX state = inner_;
  for (const ByteView part : parts) SHA1_Update(&state, part.data(), part.size());
  SHA1_Final(digest.data(), &state);
  state = outer_;
  SHA1_Update(&state, digest.data(), digest.size());
  SHA1_Final(digest.data(), &state);
  return digest;
}

}  // namespace ingress::rtc
