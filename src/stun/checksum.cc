#include "stun/checksum.h"

#include <zlib.h>

#include "stun/attribute.h"

namespace ingress::stun {

std::uint32_t FingerprintOf(ByteView message) {
  const uLong checksum = crc32(0, message.data(), static_cast<uInt>(message.size()));
  return static_cast<std::uint32_t>(checksum) ^ kFingerprintMask;
}

}  // namespace ingress::stun
