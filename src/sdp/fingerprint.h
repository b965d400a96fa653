#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ingress::sdp {

/// a=fingerprint (RFC 8122 §5).
struct Fingerprint {
  std::string algorithm{};  // lower case: "sha-256"
  std::vector<std::uint8_t> digest{};
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// Parses "sha-256 6B:8B:…". Errors: kMalformed; kLimitExceeded for a digest beyond SHA-512's.
Result<Fingerprint> ParseFingerprint(std::string_view value);

/// Says whether the digest is as long as its algorithm makes it, and the algorithm one that still
/// binds a certificate (RFC 8122 §5 rules out MD2 and MD5).
bool Usable(const Fingerprint& fingerprint);

}  // namespace ingress::sdp
