#include "srtp/cipher.h"

#include "srtp/aes_cm.h"
#include "srtp/aes_gcm.h"

namespace ingress::srtp {

Result<std::unique_ptr<Cipher>> Cipher::Make(Profile profile, const SessionKeys& keys) {
  if (keys.cipher.size() != kKeySize || keys.salt.size() != SaltSize(profile)) {
    return Fail(ErrorCode::kMalformed, "srtp: session keys of another profile");
  }
  return profile == Profile::kAeadAes128Gcm ? AesGcm::Make(keys) : AesCm::Make(keys);
}

Result<std::unique_ptr<Cipher>> Cipher::Make(Profile profile, ByteView master, Half half) {
  const auto keys = DeriveKeys(profile, master, half);
  if (!keys) return std::unexpected(keys.error());
  return Make(profile, *keys);
}

}  // namespace ingress::srtp
