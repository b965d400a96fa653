#pragma once

#include <cstddef>
#include <cstdint>

namespace ingress::stun {

/// Numbers of attributes (IANA, "STUN Attributes"). One below kFirstOptional has to be understood
/// by whoever receives it (RFC 8489 §14).
namespace attribute {
inline constexpr std::uint16_t kMappedAddress = 0x0001;
inline constexpr std::uint16_t kUsername = 0x0006;
inline constexpr std::uint16_t kMessageIntegrity = 0x0008;
inline constexpr std::uint16_t kErrorCode = 0x0009;
inline constexpr std::uint16_t kUnknownAttributes = 0x000a;
inline constexpr std::uint16_t kRealm = 0x0014;
inline constexpr std::uint16_t kNonce = 0x0015;
inline constexpr std::uint16_t kMessageIntegritySha256 = 0x001c;
inline constexpr std::uint16_t kPasswordAlgorithm = 0x001d;
inline constexpr std::uint16_t kUserhash = 0x001e;
inline constexpr std::uint16_t kXorMappedAddress = 0x0020;
inline constexpr std::uint16_t kPriority = 0x0024;
inline constexpr std::uint16_t kUseCandidate = 0x0025;
inline constexpr std::uint16_t kFirstOptional = 0x8000;
inline constexpr std::uint16_t kFingerprint = 0x8028;
inline constexpr std::uint16_t kIceControlled = 0x8029;
inline constexpr std::uint16_t kIceControlling = 0x802a;
}  // namespace attribute

inline constexpr std::size_t kHeaderSize = 20;
inline constexpr std::size_t kAttributeHeaderSize = 4;
inline constexpr std::uint32_t kMagicCookie = 0x2112a442;
inline constexpr std::size_t kMaxUsernameSize = 513;  // bytes, RFC 8445 §7.1.2 and its ufrags
inline constexpr std::size_t kIntegritySize = 20;     // of the value
inline constexpr std::size_t kFingerprintSize = 4;    // likewise
inline constexpr std::uint32_t kFingerprintMask = 0x5354554e;

inline constexpr std::uint16_t kBinding = 0x001;  // the one method of ICE

}  // namespace ingress::stun
