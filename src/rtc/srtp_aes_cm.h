#pragma once

#include <array>

#include "rtc/hmac_sha1.h"
#include "rtc/openssl_handle.h"
#include "rtc/srtp_cipher.h"

namespace ingress::rtc {

/// AES128_CM_HMAC_SHA1_80 (RFC 3711 §4.1.1, §4.2): a tag of 10 bytes; in SRTCP it stands behind the
/// index.
class SrtpAesCm final : public SrtpCipher {
 public:
  static constexpr std::size_t kTagSize = 10;

  static Result<std::unique_ptr<SrtpCipher>> Make(const SrtpSessionKeys& keys);

  Result<std::size_t> SealRtp(const SrtpPacketId& id, ByteView packet, std::size_t header_size,
                              std::span<std::uint8_t> out) override;
  Result<std::size_t> SealRtcp(const SrtpPacketId& id, ByteView packet,
                               std::span<std::uint8_t> out) override;
  Result<std::size_t> OpenRtcp(const SrtpPacketId& id, std::span<std::uint8_t> packet) override;
  std::size_t srtcp_trailer() const override { return kTagSize; }
  std::size_t srtcp_overhead() const override { return kSrtcpIndexSize + kTagSize; }

 private:
  using Salt = std::array<std::uint8_t, 14>;

  SrtpAesCm(CipherHandle context, const HmacSha1& hmac, const Salt& salt)
      : context_(std::move(context)), hmac_(hmac), salt_(salt) {}

  /// Encrypts or decrypts; `out` is as long as `in`, or longer.
  bool ApplyKeyStream(const SrtpPacketId& id, ByteView in, std::span<std::uint8_t> out);

  CipherHandle context_;  // holds the key, expanded
  HmacSha1 hmac_;
  Salt salt_;
};

}  // namespace ingress::rtc
