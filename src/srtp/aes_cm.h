#pragma once

#include <utility>

#include "crypto/hmac_sha1.h"
#include "crypto/openssl_handle.h"
#include "crypto/secret_bytes.h"
#include "srtp/cipher.h"

namespace ingress::srtp {

/// AES128_CM_HMAC_SHA1_80 (RFC 3711 §4.1.1, §4.2): a tag of 10 bytes; in SRTCP it stands behind the
/// index.
class AesCm final : public Cipher {
 public:
  static constexpr std::size_t kTagSize = 10;

  static Result<std::unique_ptr<Cipher>> Make(const SessionKeys& keys);

  Result<std::size_t> SealRtp(const PacketId& id, ByteView packet, std::size_t header_size,
                              std::span<std::uint8_t> out) override;
  Result<std::size_t> SealRtcp(const PacketId& id, ByteView packet,
                               std::span<std::uint8_t> out) override;
  Result<std::size_t> OpenRtcp(const PacketId& id, std::span<std::uint8_t> packet) override;
  std::size_t rtcp_trailer() const override { return kTagSize; }
  std::size_t rtcp_overhead() const override { return kRtcpIndexSize + kTagSize; }

 private:
  using Salt = crypto::SecretArray<14>;

  AesCm(crypto::CipherHandle context, crypto::HmacSha1 hmac, const Salt& salt)
      : context_(std::move(context)), hmac_(std::move(hmac)), salt_(salt) {}

  /// Encrypts or decrypts; `out` is as long as `in`, or longer.
  bool ApplyKeyStream(const PacketId& id, ByteView in, std::span<std::uint8_t> out);

  crypto::CipherHandle context_;  // holds the key, expanded
  crypto::HmacSha1 hmac_;
  Salt salt_;
};

}  // namespace ingress::srtp
