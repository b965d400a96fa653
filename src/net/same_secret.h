#pragma once

#include <openssl/crypto.h>

#include <string_view>

namespace ingress::net {

/// Whether both are the same; takes as long for every wrong secret of one length.
inline bool SameSecret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace ingress::net
