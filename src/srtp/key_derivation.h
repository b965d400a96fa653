#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "srtp/keys.h"

namespace ingress::srtp {

/// RTP and RTCP of one direction share a master key, but no session key.
enum class Half { kRtp, kRtcp };

/// What one half of a session encrypts and authenticates with.
struct SessionKeys {
  crypto::SecretBytes cipher;          // kKeySize bytes
  crypto::SecretBytes salt;            // as long as the master salt
  crypto::SecretBytes authentication;  // 20 bytes; empty where the cipher authenticates itself
};

/// Derives session keys by AES-CM, with a key derivation rate of zero (RFC 3711 §4.3; RFC 7714 §11
/// for AEAD_AES_128_GCM, whose shorter salt is padded with zeros).
///
/// `master`: master key and salt as in Keys.
/// Errors: kMalformed for a master key of the wrong size, kInternal when OpenSSL fails.
Result<SessionKeys> DeriveKeys(Profile profile, ByteView master, Half half);

}  // namespace ingress::srtp
