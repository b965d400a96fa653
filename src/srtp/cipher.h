#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "srtp/key_derivation.h"

namespace ingress::srtp {

inline constexpr std::size_t kRtcpHeaderSize = 8;  // stays readable: RTCP header, sender SSRC
inline constexpr std::size_t kRtcpIndexSize = 4;
/// The E flag in front of the 31-bit SRTCP index: the packet is encrypted (RFC 3711 §3.4).
inline constexpr std::uint32_t kRtcpEncrypted = 0x80000000;

/// What tells packets under one key apart. Two different packets must never share it: with GCM,
/// that gives the key of the authentication away.
struct PacketId {
  std::uint32_t ssrc = 0;
  std::uint64_t index = 0;  // 48 bits: ROC and sequence number; of RTCP 31 bits
};

/// One SRTP transform with one set of session keys. Sans-IO, allocates nothing, not thread-safe.
///
/// Where a `packet` and an `out` are given, they begin at the same byte or do not overlap, and
/// `out` has room for the packet and what is appended.
class Cipher {
 public:
  virtual ~Cipher() = default;

  /// Errors: kMalformed for keys of another profile, kInternal when OpenSSL fails.
  static Result<std::unique_ptr<Cipher>> Make(Profile profile, const SessionKeys& keys);
  /// With the keys that `master` yields. Errors: also those of DeriveKeys().
  static Result<std::unique_ptr<Cipher>> Make(Profile profile, ByteView master, Half half);

  /// Writes the SRTP packet: `header_size` bytes as they are, the rest encrypted, the tag.
  /// Returns its size. Errors: kInternal when OpenSSL fails.
  virtual Result<std::size_t> SealRtp(const PacketId& id, ByteView packet, std::size_t header_size,
                                      std::span<std::uint8_t> out) = 0;

  /// Writes the SRTCP packet: kRtcpHeaderSize bytes as they are, the rest encrypted, tag and index
  /// in the transform's order. Returns its size. Errors: kInternal when OpenSSL fails.
  virtual Result<std::size_t> SealRtcp(const PacketId& id, ByteView packet,
                                       std::span<std::uint8_t> out) = 0;

  /// Checks and decrypts an SRTCP packet of rtcp_overhead() + kRtcpHeaderSize bytes or more, in
  /// place; `id` is what it says itself. Returns its size without tag and index.
  /// Errors: kUnauthorized when the tag is wrong; the bytes are then unspecified.
  virtual Result<std::size_t> OpenRtcp(const PacketId& id, std::span<std::uint8_t> packet) = 0;

  /// Bytes behind the index of an SRTCP packet.
  virtual std::size_t rtcp_trailer() const = 0;
  /// Bytes that SealRtcp() appends.
  virtual std::size_t rtcp_overhead() const = 0;
};

}  // namespace ingress::srtp
