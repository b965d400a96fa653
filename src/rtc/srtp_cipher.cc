#include "rtc/srtp_cipher.h"

#include "rtc/srtp_aes_cm.h"
#include "rtc/srtp_aes_gcm.h"

namespace ingress::rtc {

Result<std::unique_ptr<SrtpCipher>> SrtpCipher::Make(SrtpProfile profile,
                                                     const SrtpSessionKeys& keys) {
  return profile == SrtpProfile::kAeadAes128Gcm ? SrtpAesGcm::Make(keys) : SrtpAesCm::Make(keys);
}

Result<std::unique_ptr<SrtpCipher>> SrtpCipher::Make(SrtpProfile profile, ByteView master,
                                                     SrtpHalf half) {
  const auto keys = DeriveSrtpKeys(profile, master, half);
  if (!keys) return std::unexpected(keys.error());
  return Make(profile, *keys);
}

}  // namespace ingress::rtc
