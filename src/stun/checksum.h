#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace ingress::stun {

/// The value of FINGERPRINT behind `message`, whose length field counts it already (RFC 8489
/// §14.7).
std::uint32_t FingerprintOf(ByteView message);

}  // namespace ingress::stun
