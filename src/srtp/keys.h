#pragma once

#include <cstddef>

#include "crypto/secret_bytes.h"

namespace ingress::srtp {

/// The protection profiles we negotiate, best first (RFC 7714 §14.2, RFC 5764 §4.1.2).
enum class Profile { kAeadAes128Gcm, kAes128CmSha1_80 };

constexpr std::size_t kKeySize = 16;  // bytes, AES-128 in both profiles

constexpr std::size_t SaltSize(Profile profile) {
  return profile == Profile::kAeadAes128Gcm ? 12 : 14;
}

/// What a DTLS-SRTP handshake leaves behind (RFC 5764 §4.2). Each key is the master key followed
/// by the master salt.
struct Keys {
  Profile profile = Profile::kAeadAes128Gcm;
  crypto::SecretBytes local;   // protects what we send
  crypto::SecretBytes remote;  // opens what we receive
};

}  // namespace ingress::srtp
