#include "rtmp/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace ingress::rtmp {
namespace {

constexpr std::string_view kClientKeyText = "Genuine Adobe Flash Player 001";
constexpr std::string_view kServerKeyText = "Genuine Adobe Flash Media Server 001";
constexpr std::array<std::uint8_t, 32> kKeyTail = {
    0xF0, 0xEE, 0xC2, 0x4A, 0x80, 0x68, 0xBE, 0xE8, 0x2E, 0x00, 0xD0, 0xD1, 0x02, 0x9E, 0x7E, 0x57,
    0x6E, 0xEC, 0x5D, 0x2D, 0x29, 0x80, 0x6F, 0xAB, 0x93, 0xB8, 0xE6, 0x36, 0xCF, 0xEB, 0x31, 0xAE};
constexpr std::size_t kSignedSize = kHandshakeBlockSize - kDigestSize;

Digest HmacSha256(ByteView key, ByteView data) {
  Digest out{};
  unsigned int size = 0;
  // The only failures are a missing algorithm and memory that cannot be had.
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(), data.size(),
            out.data(), &size)) {
    std::abort();
  }
  return out;
}

/// HMAC over the block without the 32 bytes at the digest's place.
Digest ComputeDigest(HandshakeBlockView block, DigestScheme scheme, std::string_view key) {
  const std::size_t offset = DigestOffset(block, scheme);
  std::array<std::uint8_t, kSignedSize> covered{};
  const auto rest = std::ranges::copy(block.first(offset), covered.begin()).out;
  std::ranges::copy(block.subspan(offset + kDigestSize), rest);
  return HmacSha256(AsBytes(key), covered);
}

}  // namespace

std::size_t DigestOffset(HandshakeBlockView block, DigestScheme scheme) {
  constexpr std::size_t kRange = 728;
  const std::size_t base = scheme == DigestScheme::kA ? 8 : 772;
  const std::size_t sum =
      std::size_t{block[base]} + block[base + 1] + block[base + 2] + block[base + 3];
  return sum % kRange + base + 4;
}

std::optional<ClientDigest> FindClientDigest(HandshakeBlockView c1) {
  for (const DigestScheme scheme : {DigestScheme::kA, DigestScheme::kB}) {
    const Digest expected = ComputeClientDigest(c1, scheme);
    const auto found = c1.subspan(DigestOffset(c1, scheme), kDigestSize);
    if (std::ranges::equal(found, expected)) return ClientDigest{scheme, expected};
  }
  return std::nullopt;
}

void SignS1(HandshakeBlock s1, DigestScheme scheme) {
  const Digest digest = ComputeServerDigest(s1, scheme);
  std::ranges::copy(digest, s1.subspan(DigestOffset(s1, scheme)).begin());
}

void SignS2(HandshakeBlock s2, const Digest& client_digest) {
  const Digest signature = ComputeS2Signature(s2, client_digest);
  std::ranges::copy(signature, s2.subspan(kSignedSize).begin());
}

Digest ComputeClientDigest(HandshakeBlockView c1, DigestScheme scheme) {
  return ComputeDigest(c1, scheme, kClientKeyText);
}

Digest ComputeServerDigest(HandshakeBlockView s1, DigestScheme scheme) {
  return ComputeDigest(s1, scheme, kServerKeyText);
}

Digest ComputeS2Signature(HandshakeBlockView s2, const Digest& client_digest) {
  std::array<std::uint8_t, kServerKeyText.size() + kKeyTail.size()> server_key{};
  const auto tail = std::ranges::copy(AsBytes(kServerKeyText), server_key.begin()).out;
  std::ranges::copy(kKeyTail, tail);
  return HmacSha256(HmacSha256(server_key, client_digest), s2.first(kSignedSize));
}

}  // namespace ingress::rtmp
