#include "srtp/key_derivation.h"

#include <algorithm>
#include <string>

#include "crypto/openssl_handle.h"
#include "crypto/secret_bytes.h"

namespace ingress::srtp {
namespace {

constexpr std::size_t kBlockSize = 16;
constexpr std::size_t kLabelOffset = 7;  // the label stands above a 48-bit index, which is zero
constexpr std::size_t kAuthenticationKeySize = 20;  // HMAC-SHA1, RFC 3711 §8.2

// RFC 3711 §4.3.1 for RTP; those of RTCP follow at this distance (§4.3.2).
constexpr std::uint8_t kCipherLabel = 0;
constexpr std::uint8_t kAuthenticationLabel = 1;
constexpr std::uint8_t kSaltLabel = 2;
constexpr std::uint8_t kRtcpDistance = 3;

/// The first `size` bytes of AES-CM's key stream for `label`.
Result<crypto::SecretBytes> Derive(ByteView key, ByteView salt, std::uint8_t label,
                                   std::size_t size) {
  crypto::SecretArray<kBlockSize> block;
  auto& counter = block.bytes();
  std::ranges::copy(salt, counter.begin());
  counter.at(kLabelOffset) ^= label;

  const crypto::CipherHandle context(EVP_CIPHER_CTX_new());
  crypto::SecretBytes out(size);
  int written = 0;
  if (!context ||
      EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr, key.data(), counter.data()) !=
          1 ||
      EVP_EncryptUpdate(context.get(), out.data(), &written, out.data(), static_cast<int>(size)) !=
          1) {
    return crypto::FailOpenssl("srtp: derive keys");
  }
  return out;
}

}  // namespace

Result<SessionKeys> DeriveKeys(Profile profile, ByteView master, Half half) {
  const std::size_t salt_size = SaltSize(profile);
  if (master.size() != kKeySize + salt_size) {
    return Fail(ErrorCode::kMalformed,
                "srtp: master key of " + std::to_string(master.size()) + " bytes");
  }
  const bool authenticates_itself = profile == Profile::kAeadAes128Gcm;
  const auto derive = [&](std::uint8_t label, std::size_t size) {
    const std::uint8_t distance = half == Half::kRtcp ? kRtcpDistance : 0;
    return Derive(master.first(kKeySize), master.subspan(kKeySize),
                  static_cast<std::uint8_t>(label + distance), size);
  };
  auto cipher = derive(kCipherLabel, kKeySize);
  auto salt = derive(kSaltLabel, salt_size);
  auto authentication =
      derive(kAuthenticationLabel, authenticates_itself ? 0 : kAuthenticationKeySize);
  for (const auto* derived : {&cipher, &salt, &authentication}) {
    if (!*derived) return std::unexpected(derived->error());
  }
  return SessionKeys{.cipher = std::move(*cipher),
                     .salt = std::move(*salt),
                     .authentication = std::move(*authentication)};
}

}  // namespace ingress::srtp
