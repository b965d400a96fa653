#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/srtp_keys.h"

namespace ingress::rtc {

/// RTP and RTCP of one direction share a master key, but no session key.
enum class SrtpHalf { kRtp, kRtcp };

/// What one half of a session encrypts and authenticates with.
struct SrtpSessionKeys {
  SecretBytes cipher;          // kSrtpKeySize bytes
  SecretBytes salt;            // as long as the master salt
  SecretBytes authentication;  // 20 bytes; empty where the cipher authenticates itself
};

/// Derives session keys by AES-CM, with a key derivation rate of zero (RFC 3711 §4.3; RFC 7714 §11
/// for AEAD_AES_128_GCM, whose shorter salt is padded with zeros).
///
/// `master`: master key and salt as in SrtpKeys.
/// Errors: kMalformed for a master key of the wrong size, kInternal when OpenSSL fails.
Result<SrtpSessionKeys> DeriveSrtpKeys(SrtpProfile profile, ByteView master, SrtpHalf half);

}  // namespace ingress::rtc
