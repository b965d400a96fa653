#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "rtc/srtp_key_derivation.h"

namespace ingress::rtc {

inline constexpr std::size_t kSrtcpHeaderSize = 8;  // stays readable: RTCP header, sender SSRC
inline constexpr std::size_t kSrtcpIndexSize = 4;
/// The E flag in front of the 31-bit SRTCP index: the packet is encrypted (RFC 3711 §3.4).
inline constexpr std::uint32_t kSrtcpEncrypted = 0x80000000;

/// What tells packets under one key apart. Two different packets must never share it: with GCM,
/// that gives the key of the authentication away.
struct SrtpPacketId {
  std::uint32_t ssrc = 0;
  std::uint64_t index = 0;  // 48 bits: ROC and sequence number; of RTCP 31 bits
};

/// One SRTP transform with one set of session keys. Sans-IO, allocates nothing, not thread-safe.
///
/// Where a `packet` and an `out` are given, they begin at the same byte or do not overlap, and
/// `out` has room for the packet and what is appended.
class SrtpCipher {
 public:
  virtual ~SrtpCipher() = default;

  /// `keys` must be those of `profile`. Errors: kInternal when OpenSSL fails.
  static Result<std::unique_ptr<SrtpCipher>> Make(SrtpProfile profile, const SrtpSessionKeys& keys);
  /// With the keys that `master` yields. Errors: also those of DeriveSrtpKeys().
  static Result<std::unique_ptr<SrtpCipher>> Make(SrtpProfile profile, ByteView master,
                                                  SrtpHalf half);

  /// Writes the SRTP packet: `header_size` bytes as they are, the rest encrypted, the tag.
  /// Returns its size. Errors: kInternal when OpenSSL fails.
  virtual Result<std::size_t> SealRtp(const SrtpPacketId& id, ByteView packet,
                                      std::size_t header_size, std::span<std::uint8_t> out) = 0;

  /// Writes the SRTCP packet: kSrtcpHeaderSize bytes as they are, the rest encrypted, tag and index
  /// in the transform's order. Returns its size. Errors: kInternal when OpenSSL fails.
  virtual Result<std::size_t> SealRtcp(const SrtpPacketId& id, ByteView packet,
                                       std::span<std::uint8_t> out) = 0;

  /// Checks and decrypts an SRTCP packet of srtcp_overhead() + kSrtcpHeaderSize bytes or more, in
  /// place; `id` is what it says itself. Returns its size without tag and index.
  /// Errors: kUnauthorized when the tag is wrong; the bytes are then unspecified.
  virtual Result<std::size_t> OpenRtcp(const SrtpPacketId& id, std::span<std::uint8_t> packet) = 0;

  /// Bytes behind the index of an SRTCP packet.
  virtual std::size_t srtcp_trailer() const = 0;
  /// Bytes that SealRtcp() appends.
  virtual std::size_t srtcp_overhead() const = 0;
};

}  // namespace ingress::rtc
