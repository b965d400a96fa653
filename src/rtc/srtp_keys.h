#pragma once

#include <cstddef>

#include "rtc/secret_bytes.h"

namespace ingress::rtc {

/// The protection profiles we negotiate, best first (RFC 7714 §14.2, RFC 5764 §4.1.2).
enum class SrtpProfile { kAeadAes128Gcm, kAes128CmSha1_80 };

constexpr std::size_t kSrtpKeySize = 16;  // bytes, AES-128 in both profiles

constexpr std::size_t SrtpSaltSize(SrtpProfile profile) {
  return profile == SrtpProfile::kAeadAes128Gcm ? 12 : 14;
}

/// What a DTLS-SRTP handshake leaves behind (RFC 5764 §4.2). Each key is the master key followed
/// by the master salt.
struct SrtpKeys {
  SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  SecretBytes local;   // protects what we send
  SecretBytes remote;  // opens what we receive
};

}  // namespace ingress::rtc
